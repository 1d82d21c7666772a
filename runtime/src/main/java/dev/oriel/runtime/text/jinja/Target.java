package dev.oriel.runtime.text.jinja;

import java.util.List;

/// What can stand left of `=` and between `for` and `in`.
sealed interface Target {
    record Variable(String name) implements Target { }

    /// `namespace.attribute`
    record Member(String namespace, String attribute) implements Target { }

    record Unpack(List<Target> targets) implements Target { }
}
