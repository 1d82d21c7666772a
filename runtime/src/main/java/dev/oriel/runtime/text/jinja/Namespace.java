package dev.oriel.runtime.text.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/// What `namespace()` gives: the one value a template can change.
final class Namespace {
    final Map<String, Object> attributes = new LinkedHashMap<>();

    /// Names that begin with an underscore can be set and not be read, as in Jinja's sandbox.
    Object get(String name) {
        return name.startsWith("_") && attributes.containsKey(name) ? Undefined.unsafe(this, name) : attributes.getOrDefault(name, Values.MISSING);
    }
}
