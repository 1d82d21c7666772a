package dev.oriel.app;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Site;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Sites by name, where `*` stands for anything.
final class SiteNames {
    private SiteNames() {}

    /// The places that `name` means in this model.
    ///
    /// @throws ModelException if it means none
    static List<Selection> matching(String name, Model model) {
        Pattern pattern = Pattern.compile(Arrays.stream(name.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
        int layers = model.info().layers();
        List<Selection> found = new ArrayList<>();
        for (Site site : model.sites()) {
            if (!site.perLayer()) {
                if (pattern.matcher(site.name(0)).matches()) found.add(site);
                continue;
            }
            int[] matching = Arrays.stream(model.layers(site)).filter(layer -> pattern.matcher(site.name(layer)).matches()).toArray();
            if (matching.length > 0) found.add(site.at(matching));
        }
        if (found.isEmpty())
            throw new ModelException("no site " + name + " in this model of " + layers + " layers; it has "
                    + model.sites().stream().map(site -> site.perLayer() ? site.name(0).replace(".0.", ".N.") : site.name(0)).collect(Collectors.joining(", ")));
        return found;
    }

    /// The site of every layer that people call `z`, `resid_pre` or by its full name.
    ///
    /// @throws ModelException if the model has none
    static Site perLayer(String name, Model model) {
        List<Site> all = model.sites().stream().filter(Site::perLayer).toList();
        return all.stream().filter(site -> name.equalsIgnoreCase(site.name()) || site.name(0).endsWith(".hook_" + name) || site.name(0).equals("blocks.0." + name)).findFirst()
                .orElseThrow(() -> new ModelException("no site " + name + " in this model's layers; they have "
                        + all.stream().map(site -> site.name().toLowerCase(Locale.ROOT)).collect(Collectors.joining(", "))));
    }
}
