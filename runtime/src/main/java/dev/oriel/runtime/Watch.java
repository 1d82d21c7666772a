package dev.oriel.runtime;

import dev.oriel.ops.Rows;
import java.util.List;

/// The probes at one site of one layer, in the order they were given.
record Watch(Site site, int layer, List<Probe> probes) {

    /// Shows the first `n` rows to the probes as an activation of this shape, and puts back what they changed.
    void look(Pass pass, Rows rows, int n, int... shape) {
        float[] values = new float[n * rows.width()];
        pass.ops().read(rows, n, values);
        boolean edited = false;
        for (Probe probe : probes) {
            switch (probe) {
                case Probe.Record _ -> pass.trace().put(new Activation(site.name(layer), site.axes(), values.clone(), shape));
                case Probe.Edit edit -> {
                    Activation live = new Activation(site.name(layer), site.axes(), values, shape);
                    try {
                        edit.edit().accept(live);
                    } finally {
                        live.expire();
                    }
                    edited = true;
                }
            }
        }
        if (edited) pass.ops().write(values, rows, n);
    }
}
