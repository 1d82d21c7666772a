package dev.oriel.runtime;

import java.util.Arrays;

/// A site in all layers ([Site] itself) or in some ([Site#at]).
public sealed interface Selection permits Site, Selection.At {
    Site site();

    boolean includes(int layer);

    /// A site in the layers given.
    record At(Site site, int[] layers) implements Selection {
        public At {
            if (layers.length == 0) throw new IllegalArgumentException("no layer given for " + site);
            layers = layers.clone();
        }

        @Override
        public boolean includes(int layer) { return Arrays.stream(layers).anyMatch(l -> l == layer); }

        @Override
        public String toString() { return site + " at " + Arrays.toString(layers); }
    }
}
