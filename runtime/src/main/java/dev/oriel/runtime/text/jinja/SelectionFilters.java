package dev.oriel.runtime.text.jinja;

import dev.oriel.runtime.text.jinja.Builtin.Bound;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// The filters that run another filter or test on every item.
final class SelectionFilters {
    private SelectionFilters() { }

    static void addTo(Map<String, Builtin> table) {
        Builtin.row(table, "map", "value *", (run, a) -> mapped(run, a));
        Builtin.row(table, "select", "value *", (run, a) -> selected(run, a, false, true));
        Builtin.row(table, "reject", "value *", (run, a) -> selected(run, a, false, false));
        Builtin.row(table, "selectattr", "value *", (run, a) -> selected(run, a, true, true));
        Builtin.row(table, "rejectattr", "value *", (run, a) -> selected(run, a, true, false));
    }

    private static Object mapped(Interpreter run, Bound a) {
        Arguments given = a.rest;
        UnaryOperator<Object> each;
        if (given.positional().isEmpty() && given.named().containsKey("attribute")) {
            each = Attributes.attribute(run, given.named().get("attribute"), given.named().getOrDefault("default", Values.MISSING));
        } else {
            if (given.positional().isEmpty()) {
                throw new Fault("map requires a filter argument");
            }
            String name = Repr.str(given.positional().getFirst(), run.budget);
            each = item -> Filters.apply(name, run, given.rest(1).prepend(item));
        }
        if (!Values.truth(a.get(0)) && !(a.get(0) instanceof Generator)) {
            return new Generator(Collections.emptyIterator());
        }
        Iterator<Object> items = Values.iterate(a.get(0));
        return new Generator(new Iterator<>() {
            @Override
            public boolean hasNext() {
                return items.hasNext();
            }

            @Override
            public Object next() {
                run.budget.step();
                return each.apply(items.next());
            }
        });
    }

    private static Object selected(Interpreter run, Bound a, boolean byAttribute, boolean keep) {
        Arguments given = a.rest;
        UnaryOperator<Object> subject = item -> item;
        if (byAttribute) {
            if (given.positional().isEmpty()) {
                throw new Fault("missing parameter for attribute name");
            }
            subject = Attributes.attribute(run, given.positional().getFirst(), Values.MISSING);
            given = given.rest(1);
        }
        Predicate<Object> test = Values::truth;
        if (!given.positional().isEmpty()) {
            String name = Repr.str(given.positional().getFirst(), run.budget);
            Arguments more = given.rest(1);
            test = value -> Values.truth(Tests.apply(name, run, more.prepend(value)));
        }
        if (!Values.truth(a.get(0))) {
            return new Generator(Collections.emptyIterator());
        }
        UnaryOperator<Object> of = subject;
        Predicate<Object> passes = test;
        return new Generator(new Selection(Values.iterate(a.get(0)), item -> passes.test(of.apply(item)) == keep, run.budget));
    }
}
