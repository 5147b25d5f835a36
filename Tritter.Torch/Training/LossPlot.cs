using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Tritter.Torch.Training;

/// <summary>Draws metrics.jsonl: the training loss, smoothed, and each validation loss, over the tokens seen.</summary>
public static class LossPlot
{
    private const int Width = 900;
    private const int Height = 480;
    private const int Margin = 50;

    private static readonly string[] _colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b", "#17becf", "#e377c2", "#7f7f7f", "#bcbd22"];

    public static void Write(string metrics, string svg)
    {
        var series = new SortedDictionary<string, List<(double X, double Y)>>(StringComparer.Ordinal) { ["train"] = [] };
        double mean = double.NaN;
        foreach (string line in File.ReadLines(metrics))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement root = json.RootElement;
            double x = root.GetProperty("tokens").GetDouble() / 1e6;
            if (root.TryGetProperty("validation", out JsonElement validation))
            {
                foreach (JsonProperty loss in validation.EnumerateObject())
                {
                    if (!series.TryGetValue(loss.Name, out List<(double, double)>? points))
                    {
                        series[loss.Name] = points = [];
                    }

                    points.Add((x, loss.Value.GetDouble()));
                }
            }
            else if (root.GetProperty("loss").ValueKind == JsonValueKind.Number)
            {
                double loss = root.GetProperty("loss").GetDouble();
                mean = double.IsNaN(mean) ? loss : 0.9 * mean + 0.1 * loss;
                series["train"].Add((x, mean));
            }
        }

        File.WriteAllText(svg, Draw(series));
    }

    internal static string Draw(SortedDictionary<string, List<(double X, double Y)>> series)
    {
        (double X, double Y)[] all = [.. series.Values.SelectMany(p => p)];
        double right = all.Length == 0 ? 1 : Math.Max(1e-9, all.Max(p => p.X));
        double low = all.Length == 0 ? 0 : all.Min(p => p.Y);
        double high = all.Length == 0 ? 1 : Math.Max(low + 1e-3, all.Max(p => p.Y));
        var svg = new StringBuilder($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" font-family=\"sans-serif\" font-size=\"12\"><rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        for (int i = 0; i <= 5; i++)
        {
            double y = low + (high - low) * i / 5;
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Margin}\" x2=\"{Width - Margin}\" y1=\"{Y(y):F1}\" y2=\"{Y(y):F1}\" stroke=\"#ddd\"/><text x=\"6\" y=\"{Y(y) + 4:F1}\">{y:F2}</text>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(right * i / 5):F1}\" y=\"{Height - 20}\" text-anchor=\"middle\">{right * i / 5:F1} M</text>");
        }

        int colour = 0;
        foreach ((string name, List<(double X, double Y)> points) in series.Where(s => s.Value.Count > 0))
        {
            string stroke = _colours[colour % _colours.Length];
            svg.Append($"<polyline fill=\"none\" stroke=\"{stroke}\" points=\"{string.Join(' ', points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.X):F1},{Y(p.Y):F1}")))}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Width - Margin - 90}\" y=\"{Margin + 15 * colour}\" fill=\"{stroke}\">{name} {points[^1].Y:F3}</text>");
            colour++;
        }

        return svg.Append("</svg>\n").ToString();

        double X(double x) => Margin + (Width - 2 * Margin) * x / right;

        double Y(double y) => Height - Margin - (Height - 2 * Margin) * (y - low) / (high - low);
    }
}
