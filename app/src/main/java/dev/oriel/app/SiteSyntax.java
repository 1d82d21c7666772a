package dev.oriel.app;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Selection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A site to look at as people write it: `SITE` or `SITE[slices]`.
///
/// @param name   where `*` stands for anything
/// @param slices which part, as in an edit
record SiteSyntax(String name, Slices slices) {
    /// The commas between sites: those that stand in no brackets.
    static final String COMMA = ",(?![^\\[]*\\])";

    private static final Pattern SYNTAX = Pattern.compile("\\s*([^\\[\\]\\s]+)\\s*(?:\\[([^\\[\\]]*)\\])?\\s*");

    /// @throws ModelException if the text is no site
    static SiteSyntax parse(String text) {
        Matcher m = SYNTAX.matcher(text);
        if (!m.matches()) throw new ModelException("site '" + text + "': expected SITE or SITE[slices]");
        return new SiteSyntax(m.group(1), Slices.parse(m.group(2) == null ? "" : m.group(2)));
    }

    /// The parts it means.
    ///
    /// @throws ModelException if it means none, or cuts an axis that a trace keeps whole
    List<Selection.Part> parts(Model model, Slices.Sequence sequence) {
        return SiteNames.matching(name, model).stream().map(places -> {
            slices.requireSelectable(places.site());
            return slices.narrow(places, model.hyper().attention(), sequence);
        }).toList();
    }
}
