package dev.oriel.inspect;

import dev.oriel.runtime.Model;

/// Filling grids layer by layer.
final class Grids {
    private Grids() {}

    /// A grid of zeros for all heads of a model.
    static HeadGrid empty(String name, Model model) { return new HeadGrid(name, new float[model.hyper().layers().size()][model.hyper().attention().heads()]); }

    static void set(HeadGrid grid, int layer, double[] perHead) {
        for (int head = 0; head < perHead.length; head++) grid.values()[layer][head] = (float) perHead[head];
    }

    static float[] floats(double[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) rounded[i] = (float) values[i];
        return rounded;
    }
}
