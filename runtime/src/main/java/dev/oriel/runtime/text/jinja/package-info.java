/// A small Jinja2 interpreter on plain values, for chat templates: [Template][dev.oriel.runtime.text.jinja.Template] reads and renders.
///
/// Its values are String, Long, Double, Boolean, null, List, Map and the package's own ([Markup], [Tuple], [Undefined]...). Nothing of Java
/// can be reached from a template: attributes are map keys or rows of the tables in `StringMethods` and `Methods`.
package dev.oriel.runtime.text.jinja;
