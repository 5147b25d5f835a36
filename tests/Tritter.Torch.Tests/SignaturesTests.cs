using Tritter.Torch.Packing;

namespace Tritter.Torch.Tests;

public sealed class SignaturesTests
{
    [Fact]
    public void A_csharp_file_shows_what_it_declares_for_others_without_bodies_and_values() => Check("cs",
        """
        using System;

        namespace Shapes;

        [Serializable]
        public sealed class Circle : Shape
        {
            private readonly double _radius;
            public const double Tau = 6.28;

            public Circle(double radius)
            {
                _radius = radius;
            }

            public double Area => Tau / 2 * _radius * _radius;
            public string Name { get; init; }
            internal static Circle Unit(int sides = 3) => new(1);
        }
        """,
        """
        public sealed class Circle : Shape
            public const double Tau
            public Circle(double radius);
            public double Area
            public string Name { get; init; }
            internal static Circle Unit(int sides = 3);

        """);

    [Fact]
    public void A_python_file_shows_classes_and_functions() => Check("py",
        """
        import math

        class Circle(Shape):
            def area(self) -> float:
                return math.pi

            async def draw(self, *, thick=True):
                pass
        """,
        """
        class Circle(Shape)
            def area(self) -> float
            async def draw(self, *, thick=True)

        """);

    [Fact]
    public void A_text_that_declares_nothing_shows_nothing() => Check("md", "# public class of 1999\n", "");

    private static void Check(string language, string text, string expected) => Assert.Equal(expected, Signatures.Of(text, language));
}
