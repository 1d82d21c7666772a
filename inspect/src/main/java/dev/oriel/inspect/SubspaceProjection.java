package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Site;
import java.util.ArrayList;
import java.util.List;

/// Keeps only what lies in a few directions of a head's queries, keys or values, and asks whether the head still does its work: x becomes x P, P the projection
/// on the leading right singular vectors of the head's rows over some prompts, all positions, not centred, before rope.
///
/// With grouped-query attention a key or value head serves several query heads, so projecting it changes them all.
///
/// Paper: Lieberum et al. 2023, "Does Circuit Analysis Interpretability Scale? Evidence from Multiple Choice Capabilities in Chinchilla".
///
/// @param where one head of one layer: `Site.Q.at(3).heads(1)`
/// @param basis `[direction][d_head]`: all right singular vectors, leading first
public record SubspaceProjection(Selection where, double[][] basis) {
    /// @param where   one head of one layer of a site with axes `[pos, head, d]`
    /// @param prompts whose rows span the space
    public static SubspaceProjection of(Model model, Selection where, List<int[]> prompts) {
        if (where.part().heads().length != 1 || where.part().layers().length != 1)
            throw new IllegalArgumentException("subspace: expected one head of one layer, as in " + Site.Q + ".at(3).heads(1), found " + where);
        List<float[]> rows = new ArrayList<>();
        for (int[] prompt : prompts) {
            Activation values = model.run(prompt, Probe.record(where)).trace().get(where);
            for (int row = 0; row < values.shape()[0]; row++) rows.add(values.row(row, 0));
        }
        int width = rows.getFirst().length;
        double[][] squares = new double[width][width];
        for (float[] row : rows) for (int i = 0; i < width; i++) for (int j = 0; j < width; j++) squares[i][j] += (double) row[i] * row[j];
        return new SubspaceProjection(where, SymmetricEigen.of(squares).vectors());
    }

    /// The edit that leaves `rank` directions: 0 leaves nothing, all of them change nothing.
    public Probe keep(int rank) {
        if (rank < 0 || rank > basis.length) throw new ModelException("subspace: rank: expected 0.." + basis.length + ", found " + rank);
        return Probe.edit(where, values -> {
            if (rank == basis.length) return;
            for (int row = 0; row < values.shape()[0]; row++) values.slice(row, 0, Activation.ALL).copyFrom(projected(values.row(row, 0), rank));
        });
    }

    private float[] projected(float[] x, int rank) {
        double[] sum = new double[x.length];
        for (int i = 0; i < rank; i++) {
            double along = 0;
            for (int d = 0; d < x.length; d++) along += x[d] * basis[i][d];
            for (int d = 0; d < x.length; d++) sum[d] += along * basis[i][d];
        }
        float[] out = new float[x.length];
        for (int d = 0; d < x.length; d++) out[d] = (float) sum[d];
        return out;
    }
}
