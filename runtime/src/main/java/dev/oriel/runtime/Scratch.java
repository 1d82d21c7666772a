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
    /// What queries are made of `[_, queryRank]`, what keys and values are made of `[_, rank + ropeDim]`, and what that makes `[_, heads * (keyDim - ropeDim + valueDim)]`; or null.
    final Rows queryLatent;
    final Rows latent;
    final Rows expanded;
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
    /// What the shared expert of a mixture adds `[_, width]`, and the one number that weighs it; or null.
    final Rows shared;
    final Rows sharedGate;

    Scratch(Hyper hyper, Ops ops, int capacity) {
        this.capacity = capacity;
        var a = hyper.attention();
        int width = hyper.width();
        residual = ops.rows(capacity, width);
        normed = ops.rows(capacity, width);
        scale = ops.rows(capacity, 1);
        qkv = ops.rows(capacity, (a.heads() + a.kvHeads()) * a.keyDim() + a.kvHeads() * a.valueDim());
        Hyper.Latent m = hyper.latent().orElse(null);
        queryLatent = m == null || m.queryRank() == 0 ? null : ops.rows(capacity, m.queryRank());
        latent = m == null ? null : ops.rows(capacity, m.rank() + m.ropeDim());
        expanded = m == null ? null : ops.rows(capacity, a.heads() * (a.keyDim() - m.ropeDim() + a.valueDim()));
        z = ops.rows(capacity, a.heads() * a.valueDim());
        attentionOut = ops.rows(capacity, width);
        int feedForward = hyper.layers().stream().mapToInt(Hyper.Layer::feedForward).max().orElse(0);
        hidden = feedForward == 0 ? null : ops.rows(capacity, 2 * feedForward);
        active = feedForward == 0 ? null : ops.rows(capacity, feedForward);
        mlpOut = ops.rows(capacity, width);
        boolean mixture = hyper.experts() > 0;
        router = mixture ? ops.rows(capacity, hyper.experts()) : null;
        shared = mixture && feedForward > 0 ? ops.rows(capacity, width) : null;
        sharedGate = mixture && feedForward > 0 ? ops.rows(capacity, 1) : null;
    }

    @Override
    public void close() {
        for (Rows rows : new Rows[] {residual, normed, scale, qkv, z, attentionOut, hidden, active, mlpOut, router, shared, sharedGate, queryLatent, latent, expanded}) if (rows != null) rows.close();
    }
}
