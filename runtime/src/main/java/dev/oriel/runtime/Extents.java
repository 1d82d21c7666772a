package dev.oriel.runtime;

import java.util.List;

/// How long the axes of every site are in one model.
record Extents(Hyper hyper) {

    /// The shape of a whole site in a layer for `rows` positions, with `keys` keys in sight.
    int[] of(Site site, int layer, int rows, int keys) {
        List<Site.Axis> axes = site.axes();
        int[] shape = new int[axes.size()];
        for (int i = 0; i < shape.length; i++) shape[i] = of(axes.get(i), layer, rows, keys);
        return shape;
    }

    private int of(Site.Axis axis, int layer, int rows, int keys) {
        return switch (axis) {
            case POS, QUERY -> rows;
            case KEY -> keys;
            case HEAD -> hyper.attention().heads();
            case KV_HEAD -> hyper.attention().kvHeads();
            case D_HEAD -> hyper.attention().keyDim();
            case D_VALUE -> hyper.attention().valueDim();
            case MODEL -> hyper.width();
            case MLP -> hyper.layers().get(layer).feedForward();
            case EXPERT -> hyper.experts();
            case VOCABULARY -> hyper.vocabulary();
            case ONE -> 1;
        };
    }
}
