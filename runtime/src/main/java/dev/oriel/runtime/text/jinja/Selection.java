package dev.oriel.runtime.text.jinja;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Predicate;

/// The items that pass a test, which is asked no earlier than an item is needed.
final class Selection implements Iterator<Object> {
    private final Iterator<Object> items;
    private final Predicate<Object> test;
    private final Budget budget;
    private Object next = Values.MISSING;

    Selection(Iterator<Object> items, Predicate<Object> test, Budget budget) {
        this.items = items;
        this.test = test;
        this.budget = budget;
    }

    @Override
    public boolean hasNext() {
        while (next == Values.MISSING && items.hasNext()) {
            budget.step();
            Object item = items.next();
            if (test.test(item)) {
                next = item;
            }
        }
        return next != Values.MISSING;
    }

    @Override
    public Object next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Object item = next;
        next = Values.MISSING;
        return item;
    }
}
