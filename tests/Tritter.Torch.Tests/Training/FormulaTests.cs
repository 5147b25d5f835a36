using Tritter.Torch.Model;
using Tritter.Torch.Native;
using Tritter.Torch.Training;
using static TorchSharp.torch;

namespace Tritter.Torch.Tests.Training;

/// <summary>Optimisers, schedule and guards against their formulas in plain numbers.</summary>
public sealed class FormulaTests
{
    public FormulaTests() => TorchLibraries.Load();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.05, 0.5)]
    [InlineData(0.1, 1)]
    [InlineData(0.4, 1)]
    [InlineData(0.7, 0.5)]
    [InlineData(0.97, 0.05)]
    [InlineData(1, 0)]
    [InlineData(1.3, 0)]
    public void The_rate_rises_stays_and_falls_to_exactly_zero(double done, double expected) =>
        Assert.Equal(expected, new Schedule(0.1, 0.4).Factor(done), 1e-12);

    [Theory]
    [InlineData(100, 2.0, 1.0, 2.0, false)]
    [InlineData(100, 3.1, 1.0, 2.0, false)]
    [InlineData(100, 3.3, 1.0, 2.0, true)]
    [InlineData(5, 3.3, 1.0, 2.0, false)]
    [InlineData(5, double.NaN, 1.0, 2.0, true)]
    [InlineData(5, 2.0, double.PositiveInfinity, 2.0, true)]
    public void A_step_whose_loss_is_out_of_hand_is_left_out(long steps, double loss, double norm, double mean, bool refused) =>
        Assert.Equal(refused, SpikeGuard.Refuses(steps, loss, norm, mean));

    [Theory]
    [InlineData(10, 4, 0.4f)]
    [InlineData(3, 4, 1f)]
    public void Gradients_are_scaled_down_together_when_their_norm_is_too_large(double norm, double largest, float expected)
    {
        using Latents gradients = TinyRun.Latents(1);
        foreach ((_, Tensor gradient) in gradients.All)
        {
            gradient.fill_(1);
        }

        Trainer.Clip(gradients, norm, largest);
        Assert.All(gradients.All, g => Assert.Equal(expected, g.Tensor.max().item<float>(), 1e-6f));
    }

    [Fact]
    public void Muon_moves_each_matrix_by_its_orthogonalised_nesterov_momentum()
    {
        using Latents latents = TinyRun.Latents(1);
        using Latents gradients = TinyRun.Latents(2);
        using Latents momenta = latents.Zeros();
        // Down is wide, gate is tall: both ways through the transposition.
        float[][] before = [Layer(latents.Down, 1), Layer(latents.Gate, 1)];
        float[][] gradient = [Layer(gradients.Down, 1), Layer(gradients.Gate, 1)];
        var muon = new Muon(latents, gradients, momenta);
        muon.Step(rate: 0.02, momentum: 0.9, weightDecay: 0.1);
        muon.Step(rate: 0.01, momentum: 0.9, weightDecay: 0);
        foreach ((Tensor tensor, int i) in new[] { (latents.Down, 0), (latents.Gate, 1) })
        {
            (int rows, int columns) = ((int)tensor.shape[1], (int)tensor.shape[2]);
            double factor = Math.Sqrt(Math.Max(1, rows / (double)columns));
            double[] w = [.. before[i].Select(x => (double)x)];
            double[] buffer = new double[w.Length];
            foreach ((double rate, double decay) in new[] { (0.02, 0.1), (0.01, 0.0) })
            {
                double[] direction = new double[w.Length];
                for (int j = 0; j < w.Length; j++)
                {
                    buffer[j] = 0.9 * buffer[j] + 0.1 * gradient[i][j];
                    direction[j] = 0.1 * gradient[i][j] + 0.9 * buffer[j];
                }

                double[] orthogonal = NewtonSchulz(direction, rows, columns);
                w = [.. w.Zip(orthogonal, (x, o) => x * (1 - rate * decay) - rate * factor * o)];
            }

            Assert.True(Layer(tensor, 1).Zip(w).Max(p => Math.Abs(p.First - p.Second)) < 2e-6);
        }
    }

    [Fact]
    public void AdamW_moves_each_number_by_its_corrected_means()
    {
        using Latents latents = TinyRun.Latents(1);
        using Latents gradients = TinyRun.Latents(2);
        using Latents first = latents.Zeros();
        using Latents second = latents.Zeros();
        float[] before = PackedExport.Floats(latents.Embedding);
        float[] gradient = PackedExport.Floats(gradients.Embedding);
        var adam = new AdamW(latents, gradients, first, second);
        adam.Step(0.01, 1);
        adam.Step(0.01, 2);
        double[] expected = [.. before.Zip(gradient, (w, g) =>
        {
            (double x, double m, double v) = (w, 0, 0);
            for (int step = 1; step <= 2; step++)
            {
                m = 0.9 * m + 0.1 * g;
                v = 0.95 * v + 0.05 * g * g;
                double unbiased = m / (1 - Math.Pow(0.9, step));
                // Epsilon stands outside of the correction, as in the trainer; it matters to gradients near zero only.
                x -= 0.01 * unbiased * Math.Sqrt(1 - Math.Pow(0.95, step)) / (Math.Sqrt(v) + 1e-8);
            }

            return x;
        })];
        Assert.True(PackedExport.Floats(latents.Embedding).Zip(expected).Max(p => Math.Abs(p.First - p.Second)) < 1e-5);
    }

    private static float[] Layer(Tensor stack, int layer) => PackedExport.Floats(stack[layer]);

    private static double[] NewtonSchulz(double[] x, int rows, int columns)
    {
        if (rows > columns)
        {
            return Transpose(NewtonSchulz(Transpose(x, rows, columns), columns, rows), columns, rows);
        }

        double norm = Math.Sqrt(x.Sum(v => v * v));
        x = [.. x.Select(v => v / norm)];
        for (int i = 0; i < 5; i++)
        {
            double[] a = Product(x, Transpose(x, rows, columns), rows, columns, rows);
            double[] b = [.. a.Zip(Product(a, a, rows, rows, rows), (p, q) => -4.7750 * p + 2.0315 * q)];
            x = [.. x.Zip(Product(b, x, rows, rows, columns), (p, q) => 3.4445 * p + q)];
        }

        return x;
    }

    private static double[] Product(double[] a, double[] b, int rows, int inner, int columns)
    {
        var c = new double[rows * columns];
        for (int i = 0; i < rows; i++)
        {
            for (int k = 0; k < inner; k++)
            {
                for (int j = 0; j < columns; j++)
                {
                    c[i * columns + j] += a[i * inner + k] * b[k * columns + j];
                }
            }
        }

        return c;
    }

    private static double[] Transpose(double[] x, int rows, int columns)
    {
        var t = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            t[i % columns * rows + i / columns] = x[i];
        }

        return t;
    }
}
