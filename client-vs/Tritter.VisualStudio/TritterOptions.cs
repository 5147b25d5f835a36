using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.VisualStudio.Shell;
using Tritter.VisualStudio.Server;

namespace Tritter.VisualStudio;

/// <summary>Tools, Options, Tritter. Visual Studio draws the page from the properties, and keeps their values.</summary>
[Guid("7b1d8a52-6f0c-4d7e-8f4b-2a9c3e5d1b60")]
public sealed class TritterOptions : DialogPage
{
    /// <summary>The user has closed the options with OK.</summary>
    public event Action? Applied;

    [Category("Completion")]
    [DisplayName("Enabled")]
    [Description("Suggest grey text at the cursor.")]
    public bool Completion { get; set; } = true;

    [Category("Completion")]
    [DisplayName("Only when asked")]
    [Description("Suggest nothing while you type, only when you invoke Edit.InvokeInlineCompletion or the key that you gave it.")]
    public bool OnlyWhenAsked { get; set; }

    [Category("Completion")]
    [DisplayName("Most tokens")]
    [Description("The longest suggestion, 1 to 256 tokens. A token is about four characters.")]
    public int MaxTokens { get; set; } = 64;

    [Category("C#")]
    [DisplayName("Show the model types of other files")]
    [Description("Tell the model about the types that the code at the cursor works with.")]
    public bool Context { get; set; } = true;

    [Category("C#")]
    [DisplayName("Check suggestions with the compiler")]
    [Description("Trim, repair or drop suggestions that would add an error.")]
    public bool Gate { get; set; } = true;

    internal ClientSettings Settings => new(Completion, OnlyWhenAsked, MaxTokens, Context, Gate);

    protected override void OnApply(PageApplyEventArgs e)
    {
        base.OnApply(e);
        if (e.ApplyBehavior == ApplyKind.Apply)
        {
            Applied?.Invoke();
        }
    }
}
