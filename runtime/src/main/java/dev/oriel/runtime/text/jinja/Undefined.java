package dev.oriel.runtime.text.jinja;

/// A value that is not there: prints as nothing, is false and empty; anything else done with it is the error `message`.
record Undefined(String message) {
    static Undefined variable(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    static Undefined member(Object owner, Object name) {
        String type = owner == null ? "None" : Values.typeName(owner) + " object";
        return new Undefined(name instanceof String text ? "'" + type + "' has no attribute '" + text + "'"
            : type + " has no element " + (name instanceof Number ? name : Values.typeName(name)));
    }

    static Undefined unsafe(Object owner, String name) {
        return new Undefined("access to attribute '" + name + "' of '" + Values.typeName(owner) + "' object is unsafe");
    }

    Fault fault() {
        return new Fault(message);
    }
}
