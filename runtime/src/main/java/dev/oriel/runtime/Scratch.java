package dev.oriel.runtime;

import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;

/// The activations of a pass, allocated once for up to `capacity` rows; every plan compiled for a model works on the same ones.
final class Scratch implements AutoCloseable {
    final int capacity;
    /// Residual stream `[_, width]`.
    final Rows residual;
    /// A norm's output `[_, width]`, and a second where two norms are alive at once.
    final Rows normed;
    /// Scale of a norm that is watched `[_, 1]`.
    final Rows scale;
    /// Queries, keys, values side by side.
    final Rows qkv;
    /// Weighted values `[_, heads * valueDim]`.
    final Rows z;
    /// What attention adds `[_, width]`.
    final Rows attentionOut;
    /// Gate and up side by side `[_, 2 * feedForward]`, or the plain MLP's hidden layer.
    final Rows hidden;
    /// After the nonlinearity `[_, feedForward]`.
    final Rows active;
    /// What the MLP adds `[_, width]`.
    final Rows mlpOut;
    /// Router probabilities `[_, experts]`, or null.
    final Rows router;

    Scratch(Hyper hyper, Ops ops, int capacity) {
        this.capacity = capacity;
        var a = hyper.attention();
        int width = hyper.width();
        residual = ops.rows(capacity, width);
        normed = ops.rows(capacity, width);
        scale = ops.rows(capacity, 1);
        qkv = ops.rows(capacity, (a.heads() + a.kvHeads()) * a.keyDim() + a.kvHeads() * a.valueDim());
        z = ops.rows(capacity, a.heads() * a.valueDim());
        attentionOut = ops.rows(capacity, width);
        boolean mixture = hyper.experts() > 0;
        hidden = mixture ? null : ops.rows(capacity, 2 * hyper.feedForward());
        active = mixture ? null : ops.rows(capacity, hyper.feedForward());
        mlpOut = ops.rows(capacity, width);
        router = mixture ? ops.rows(capacity, hyper.experts()) : null;
    }

    @Override
    public void close() {
        for (Rows rows : new Rows[] {residual, normed, scale, qkv, z, attentionOut, hidden, active, mlpOut, router}) if (rows != null) rows.close();
    }
}
