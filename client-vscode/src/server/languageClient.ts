// A bundle of its own, most of the extension's code: VS Code's start does not wait for it to be read.

export { CloseAction, ErrorAction, LanguageClient, ProgressType, State } from 'vscode-languageclient/node';
