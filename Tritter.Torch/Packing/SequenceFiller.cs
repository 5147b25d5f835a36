namespace Tritter.Torch.Packing;

/// <summary>Lays documents into sequences of one length: prompts whole, plain texts cut to fill what is left.</summary>
public sealed class SequenceFiller(int length, ushort padding)
{
    /// <summary>Less than this of a text is not worth a document of its own.</summary>
    private const int LeastPiece = 64;
    private const int LookAhead = 64;

    /// <param name="documents">In the order wanted; about that order is kept.</param>
    public List<(ushort[] Tokens, TokenMarks[] Marks)> Fill(IReadOnlyList<Document> documents)
    {
        var sequences = new List<(ushort[], TokenMarks[])>();
        var prompts = new LinkedList<Document>(documents.Where(d => d.IsFim && d.Tokens.Length <= length));
        var plain = new Queue<Document>(documents.Where(d => !d.IsFim));
        double perPrompt = prompts.Count == 0 ? double.PositiveInfinity : plain.Count / (double)prompts.Count;
        double due = 0;
        int rest = 0;
        while (prompts.Count > 0 || plain.Count > 0)
        {
            var tokens = new ushort[length];
            var marks = new TokenMarks[length];
            int at = 0;
            while (at < length)
            {
                int room = length - at;
                LinkedListNode<Document>? fits = due >= 1 && plain.Count > 0 ? null : FirstThatFits(prompts, room);
                if (fits is not null)
                {
                    Put(fits.Value.Tokens, fits.Value.MiddleStart);
                    prompts.Remove(fits);
                    due += perPrompt;
                }
                else if (plain.Count > 0 && room >= LeastPiece)
                {
                    // A text that goes on in another sequence begins there without its header: the model also meets the middle of files.
                    Document next = plain.Peek();
                    int piece = Math.Min(room, next.Tokens.Length - rest);
                    Put(next.Tokens.AsSpan(rest, piece).ToArray(), piece);
                    rest += piece;
                    if (next.Tokens.Length - rest < LeastPiece)
                    {
                        plain.Dequeue();
                        rest = 0;
                        due = Math.Max(0, due - 1);
                    }
                }
                else
                {
                    tokens.AsSpan(at).Fill(padding);
                    marks.AsSpan(at).Fill(TokenMarks.Padding);
                    marks[at] |= TokenMarks.Start;
                    at = length;
                }
            }

            sequences.Add((tokens, marks));

            void Put(ushort[] document, int middle)
            {
                document.CopyTo(tokens, at);
                marks[at] = TokenMarks.Start;
                for (int i = middle; i < document.Length; i++)
                {
                    marks[at + i] |= TokenMarks.Middle;
                }

                at += document.Length;
            }
        }

        return sequences;
    }

    private static LinkedListNode<Document>? FirstThatFits(LinkedList<Document> documents, int room)
    {
        int looked = 0;
        for (LinkedListNode<Document>? node = documents.First; node is not null && looked < LookAhead; node = node.Next, looked++)
        {
            if (node.Value.Tokens.Length <= room)
            {
                return node;
            }
        }

        return null;
    }
}
