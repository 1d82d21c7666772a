package dev.oriel.runtime;

/// YaRN's scaling of rope (arXiv:2309.00071): waves that turn more than `fast` times within the `original` context are kept, those that turn less than `slow` times
/// are slowed by `factor`, and those between are interpolated along the index of the frequency.
///
/// @param base      of the frequencies
/// @param whole     whether the indices where interpolation begins and ends are rounded outwards
/// @param magnitude factor on cosine and sine
record YarnRule(double factor, double base, int original, double fast, double slow, boolean whole, double magnitude) {

    /// The paper's factor on cosine and sine, its logarithmic part multiplied by `weight`.
    static double magnitude(double factor, double weight) { return factor <= 1 ? 1 : 1 + 0.1 * weight * Math.log(factor); }

    /// What every frequency (radians per position) becomes.
    void apply(double[] frequencies) {
        int dims = 2 * frequencies.length;
        double low = index(fast, dims);
        double high = index(slow, dims);
        if (whole) {
            low = Math.floor(low);
            high = Math.ceil(high);
        }
        low = Math.max(low, 0);
        high = Math.min(high, dims - 1);
        if (low == high) high += 0.001;
        for (int i = 0; i < frequencies.length; i++) {
            double slowed = Math.clamp((i - low) / (high - low), 0, 1);
            frequencies[i] = frequencies[i] * (1 - slowed) + frequencies[i] / factor * slowed;
        }
    }

    /// Where in the row of frequencies a wave turns `turns` times within the original context.
    private double index(double turns, int dims) { return dims * Math.log(original / (turns * 2 * Math.PI)) / (2 * Math.log(base)); }
}
