package dev.oriel.runtime;

import dev.oriel.ops.Cache;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import dev.oriel.ops.Span;
import dev.oriel.ops.Tokens;
import java.util.List;

/// One execution of a plan.
///
/// @param ops      computes
/// @param tokens   the rows of the pass
/// @param segments which rows belong to which sequence
/// @param picked   final residual rows whose logits are wanted `[outputs, width]`
/// @param logits   `[outputs, vocabulary]`
/// @param trace    takes what is recorded
record Pass(Ops ops, Tokens tokens, List<Segment> segments, Rows picked, Rows logits, Trace trace) {

    /// A sequence's rows, and its caches by layer.
    record Segment(Span span, Cache[] caches) {}

    int rows() { return tokens.count(); }
}
