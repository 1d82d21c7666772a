package dev.oriel.runtime.text.jinja;

import java.util.Iterator;

/// Items that can be walked once, as `map`, `select` and their like give them: always true, without length.
record Generator(Iterator<Object> items) { }
