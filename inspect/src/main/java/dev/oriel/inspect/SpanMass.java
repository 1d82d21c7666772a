package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import java.util.List;

/// How much each part of a prompt is looked at: the attention that some queries, such as the answer, give the keys of each span, per head.
/// Where the spans are a partition of the tokens, the masses of a head sum to 1.
///
/// The measure is the one of Yan et al., When Thinking Backfires: Mechanistic Insights Into Reasoning-Induced Misalignment (2025, arXiv:2509.00544).
///
/// @param spans  what was looked at
/// @param masses per span
public record SpanMass(List<Span> spans, List<HeadGrid> masses) {
    /// A named part of the tokens.
    public record Span(String name, Range tokens) {}

    /// Measures all heads in one pass, which holds the queries' rows of one layer's pattern at a time.
    ///
    /// @param queries the rows whose mean is taken
    /// @param probes  edits under which to measure
    /// @throws ModelException if a span or the queries leave the tokens
    public static SpanMass of(Model model, Input input, Range queries, List<Span> spans, Probe... probes) {
        if (spans.isEmpty()) throw new ModelException("span mass: expected a span, found none");
        for (Span span : spans) requireInside("span " + span.name(), span.tokens(), input.length());
        if (!queries.equals(Range.LAST) && !queries.equals(Range.ALL)) requireInside("queries", queries, input.length());
        List<HeadGrid> masses = spans.stream().map(span -> Grids.empty(span.name(), model)).toList();
        Pattern.read(model, input.withLastLogitsOnly(), queries, (layer, pattern) -> {
            for (int i = 0; i < masses.size(); i++) Grids.set(masses.get(i), layer, pattern.means(mass(spans.get(i).tokens())));
        }, probes);
        return new SpanMass(List.copyOf(spans), masses);
    }

    static Pattern.Measure mass(Range keys) {
        return (row, _) -> {
            double sum = 0;
            for (int key = keys.from(); key < keys.to(); key++) sum += row[key];
            return sum;
        };
    }

    /// @throws ModelException if no span has this name
    public HeadGrid get(String span) {
        for (int i = 0; i < spans.size(); i++) if (spans.get(i).name().equals(span)) return masses.get(i);
        throw new ModelException("span mass: expected one of " + String.join(", ", spans.stream().map(Span::name).toList()) + ", found " + span);
    }

    private static void requireInside(String what, Range range, int length) {
        if (range.to() > length) throw new ModelException("span mass, " + what + ": expected a part of 0:" + length + ", found " + range);
    }
}
