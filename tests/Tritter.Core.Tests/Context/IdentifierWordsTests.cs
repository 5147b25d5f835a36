using Tritter.Core.Context;

namespace Tritter.Core.Tests.Context;

public sealed class IdentifierWordsTests
{
    [Theory]
    [InlineData("getHttpResponse2", "get http response 2 gethttpresponse2")]
    [InlineData("get_http_response_2", "get http response 2 gethttpresponse2")]
    [InlineData("HTTPServer", "http server httpserver")]
    [InlineData("IOException", "io exception ioexception")]
    [InlineData("__init__", "init")]
    [InlineData("MAX_SIZE", "max size maxsize")]
    [InlineData("utf8", "utf 8 utf8")]
    [InlineData("x", "x")]
    [InlineData("_", "")]
    [InlineData("größeÄndern", "größe ändern größeändern")]
    [InlineData("if (a.B == \"c-d\")", "if a b c d")]
    [InlineData("get Get GET", "get")]
    public void Identifiers_give_their_parts_and_themselves(string code, string words)
    {
        Assert.Equal(words, string.Join(' ', IdentifierWords.Of(code)));
    }
}
