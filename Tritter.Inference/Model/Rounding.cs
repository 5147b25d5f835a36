namespace Tritter.Inference.Model;

/// <summary>How a hidden state becomes a token: generation_config.json's <c>rounding</c> and <c>rounding_metric</c>.</summary>
public enum Rounding
{
    /// <summary>By the logits, as models are trained with cross-entropy.</summary>
    Logits,

    /// <summary>The token whose embedding has the smallest angle with the state (<c>"knn"</c>).</summary>
    NearestByCosine,

    /// <summary>The token whose embedding has the smallest distance to the state (<c>"knn"</c> with <c>"l2"</c>).</summary>
    NearestByDistance,
}
