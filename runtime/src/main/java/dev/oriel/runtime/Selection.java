package dev.oriel.runtime;

import java.util.Arrays;

/// Which numbers a probe means: a [Site] in all layers, or a part of it. Parts narrow: `Site.PATTERN.at(3).heads(1, 4).positions(10, 20)`.
///
/// Positions count the tokens of a sequence from its first one, whatever chunks or steps they came in; of scores and patterns they are the queries.
public sealed interface Selection permits Site, Selection.Part {
    Site site();

    /// The same as a part, whole where nothing was narrowed.
    Part part();

    /// In these layers only.
    default Part at(int... layers) {
        if (!site().perLayer()) throw new IllegalArgumentException(site() + " stands in no layer");
        if (layers.length == 0) throw new IllegalArgumentException("no layer given for " + site());
        Part p = part();
        return new Part(p.site, layers.clone(), p.heads, p.positions, p.keys);
    }

    /// These heads only; key-value heads of keys and values.
    default Part heads(int... heads) {
        requireAxis(site().headAxis(), "heads");
        if (heads.length == 0) throw new IllegalArgumentException("no head given for " + site());
        Part p = part();
        return new Part(p.site, p.layers, heads.clone(), p.positions, p.keys);
    }

    /// These positions only.
    default Part positions(Range positions) {
        Part p = part();
        return new Part(p.site, p.layers, p.heads, positions, p.keys);
    }

    /// Positions `[from, to)` only.
    default Part positions(int from, int to) { return positions(Range.of(from, to)); }

    /// The last row of every pass only: the one that says what comes next.
    default Part lastRow() { return positions(Range.LAST); }

    /// These keys of scores or patterns only.
    default Part keys(Range keys) {
        requireAxis(site().axes().indexOf(Site.Axis.KEY), "keys");
        Part p = part();
        return new Part(p.site, p.layers, p.heads, p.positions, keys);
    }

    /// Keys `[from, to)` of scores or patterns only.
    default Part keys(int from, int to) { return keys(Range.of(from, to)); }

    private void requireAxis(int axis, String what) {
        if (axis < 0) throw new IllegalArgumentException(site() + " has no " + what + ", its axes are " + site().axes());
    }

    /// A narrowed site.
    ///
    /// @param layers    none for all
    /// @param heads     none for all
    /// @param positions rows in sequence coordinates, [Range#ALL] or [Range#LAST]
    /// @param keys      of scores and patterns
    record Part(Site site, int[] layers, int[] heads, Range positions, Range keys) implements Selection {
        @Override
        public Part part() { return this; }

        boolean includes(int layer) { return layers.length == 0 || !site.perLayer() || Arrays.stream(layers).anyMatch(l -> l == layer); }

        /// Whether this part and another leave the same numbers of a layer.
        boolean sameNumbers(Part other) {
            return site == other.site && Arrays.equals(heads, other.heads) && positions.equals(other.positions) && keys.equals(other.keys);
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(site.toString());
            if (layers.length > 0) text.append(".at").append(Arrays.toString(layers));
            if (heads.length > 0) text.append(".heads").append(Arrays.toString(heads));
            if (!positions.equals(Range.ALL)) text.append(".positions[").append(positions).append(']');
            if (!keys.equals(Range.ALL)) text.append(".keys[").append(keys).append(']');
            return text.toString();
        }
    }
}
