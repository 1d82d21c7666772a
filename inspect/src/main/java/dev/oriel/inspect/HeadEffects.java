package dev.oriel.inspect;

/// How a metric answers when one head at a time is changed.
///
/// @param unchanged the metric with no head changed
/// @param changed   the metric with each head changed
public record HeadEffects(double unchanged, HeadGrid changed) {
    /// Changed minus unchanged.
    public HeadGrid differences() { return map("change of " + changed.name(), value -> value - unchanged); }

    /// The same as a share of the unchanged metric.
    public HeadGrid relative() { return map("relative change of " + changed.name(), value -> (value - unchanged) / unchanged); }

    /// The same as a share of the way to another run's metric: 0 for no change, 1 for all of it.
    public HeadGrid normalised(double other) {
        if (other == unchanged) throw new IllegalArgumentException("both runs have the metric " + other + ", there is no way between them");
        return map(changed.name() + ", normalised", value -> (value - unchanged) / (other - unchanged));
    }

    private interface Rule {
        double apply(double value);
    }

    private HeadGrid map(String name, Rule rule) {
        float[][] values = new float[changed.layers()][];
        for (int layer = 0; layer < values.length; layer++) {
            values[layer] = new float[changed.values()[layer].length];
            for (int head = 0; head < values[layer].length; head++) values[layer][head] = (float) rule.apply(changed.get(layer, head));
        }
        return new HeadGrid(name, values);
    }
}
