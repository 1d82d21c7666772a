package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Hyper;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Site;
import dev.oriel.runtime.Trace;
import java.util.Arrays;

/// Puts what one run had at a site into another run: the smallest step of activation patching. It takes the same layer, positions, heads and keys.
public final class Patch {
    private Patch() {}

    /// An edit that replaces the selected numbers of one layer by those a trace kept.
    ///
    /// @param source a trace in which the site of this layer is recorded, whole or at least where `where` looks
    /// @throws ModelException if the trace lacks the site, and in the run, if it lacks a position, head or key
    public static Probe from(Trace source, Selection where) {
        Activation recorded = source.get(where);
        return Probe.edit(where, live -> copy(recorded, live));
    }

    /// Copies by what indices stand for, so that both may be parts.
    static void copy(Activation recorded, Activation live) {
        int axes = live.axes().size();
        Range[] same = new Range[axes];
        for (int axis = 0; axis < axes; axis++) {
            int[] wanted = live.labels(axis);
            int first = Arrays.binarySearch(recorded.labels(axis), wanted[0]);
            if (first < 0) throw new ModelException(recorded.name() + ": " + live.axes().get(axis) + " " + wanted[0] + " was not recorded");
            if (wanted[wanted.length - 1] - wanted[0] != wanted.length - 1) {
                for (int i = 0; i < wanted.length; i++) copy(recorded, live.slice(only(axes, axis, i)));
                return;
            }
            if (first + wanted.length > recorded.shape()[axis])
                throw new ModelException(recorded.name() + ": " + live.axes().get(axis) + " " + wanted[wanted.length - 1] + " was not recorded");
            same[axis] = Range.of(first, first + wanted.length);
        }
        live.copyFrom(recorded.slice(same));
    }

    private static Range[] only(int axes, int axis, int index) {
        Range[] ranges = new Range[axes];
        Arrays.fill(ranges, Range.ALL);
        ranges[axis] = Range.at(index);
        return ranges;
    }

    /// The heads a site has: query heads, key-value heads, or 0 for none.
    static int heads(Hyper hyper, Site site) {
        if (site.axes().contains(Site.Axis.HEAD)) return hyper.attention().heads();
        return site.axes().contains(Site.Axis.KV_HEAD) ? hyper.attention().kvHeads() : 0;
    }
}
