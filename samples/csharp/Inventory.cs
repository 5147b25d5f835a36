using System;
using System.Collections.Generic;
using System.Linq;

namespace Warehouse;

/// <summary>One kind of thing on the shelves.</summary>
public sealed record Item(string Sku, string Name, int Quantity, decimal UnitPrice);

public sealed class Inventory
{
    private readonly Dictionary<string, Item> _items = new();

    public int Count => _items.Count;

    public void Add(Item item)
    {
        if (item == null)
        {
            throw new ArgumentNullException(nameof(item));
        }

        _items[item.Sku] = item;
    }

    public bool TryGet(string sku, out Item? item)
    {
        return _items.
    }

    public decimal TotalValue()
    {
        return _items.Values.Sum(item => item.Quantity * item.UnitPrice);
    }

    public IEnumerable<Item> Search(string text)
    {
        return _items.Values.Where(item => item.Name.Contains(text, StringComparison.OrdinalIgnoreCase));
    }
}
