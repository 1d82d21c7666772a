package dev.oriel.runtime;

import java.util.BitSet;
import java.util.List;
import java.util.Map;

/// How large traces get.
///
/// @param layers that have each site
record TraceSize(Extents extents, Map<Site, BitSet> layers) {

    /// Bytes that recording and reducing probes keep of `tokens` tokens from the first one on.
    long bytes(int tokens, List<Probe> probes) {
        long bytes = 0;
        for (Probe probe : probes) {
            bytes += switch (probe) {
                case Probe.Record _ -> numbers(probe, tokens, -1);
                case Probe.Reduce reduce -> numbers(probe, tokens, reduce.reduction().ofRows() ? probe.where().site().axes().size() - 1 : probe.where().site().rowAxis());
                case Probe.Observe _, Probe.Edit _ -> 0;
            } * Float.BYTES;
        }
        return bytes;
    }

    /// Numbers of a probe's part, but for the axis that is summarised.
    private long numbers(Probe probe, int tokens, int without) {
        Selection.Part part = probe.where().part();
        return layers.getOrDefault(part.site(), new BitSet()).stream().filter(part::includes).mapToLong(layer -> numbers(part, layer, tokens, without)).sum();
    }

    private long numbers(Selection.Part part, int layer, int tokens, int without) {
        Site site = part.site();
        int[] shape = extents.of(site, layer, tokens, tokens);
        if (part.heads().length > 0) shape[site.headAxis()] = part.heads().length;
        shape[site.rowAxis()] = extent(part.positions(), tokens);
        int keys = site.axes().indexOf(Site.Axis.KEY);
        if (keys >= 0) shape[keys] = extent(part.keys(), tokens);
        long numbers = 1;
        for (int axis = 0; axis < shape.length; axis++) if (axis != without) numbers = Math.multiplyExact(numbers, (long) shape[axis]);
        return numbers;
    }

    private static int extent(Range range, int length) {
        if (range.equals(Range.LAST)) return 1;
        return Math.max(0, Math.min(range.to(), length) - range.from());
    }
}
