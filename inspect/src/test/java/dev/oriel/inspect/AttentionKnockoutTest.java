package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Run;
import dev.oriel.runtime.Site;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionKnockoutTest {
    private static final int[] IDS = {4, 314, 156, 21, 266, 207, 281, 318};

    @Test
    void golden() {
        Goldens.Value golden = Goldens.shipped("moves.json").at("tiny/SinkMasking");
        Goldens.Value in = golden.at("inputs");
        int column = in.at("column").integer();
        try (Model model = Goldens.tiny("llama")) {
            Run cut = AttentionKnockout.of(model, in.at("ids").ids()).cut(Range.of(column + 1, in.at("ids").ids().length), Range.at(column)).cut();
            Metric metric = Metric.logitDifference(in.at("a").integer(), in.at("b").integer());
            assertThat(metric.of(cut)).isCloseTo(golden.at("expected", "difference").number(), within(golden.at("tolerance", "abs").number()));
        }
    }

    /// Only the named queries, keys, layers and heads lose anything; what is left of a row sums to 1, and an own row without keys to 0.
    @Test
    void patterns() {
        try (Model model = Goldens.tiny("llama")) {
            AttentionKnockout knockout = AttentionKnockout.of(model, IDS).layers(1).heads(0, 3);
            Activation plain = pattern(model, List.of());
            Activation cut = pattern(model, knockout.probes(Range.of(4, 6), Range.of(1, 3), Range.at(4)));
            for (int head = 0; head < 4; head++) {
                for (int query = 0; query < IDS.length; query++) {
                    float[] row = cut.row(head, query);
                    boolean hit = (head == 0 || head == 3) && (query == 4 || query == 5);
                    if (!hit) assertThat(row).isEqualTo(plain.row(head, query));
                    else assertThat(List.of(row[1], row[2], row[4])).containsOnly(0f);
                    assertThat(sum(row)).isCloseTo(1, within(1e-6));
                }
            }
            assertThat(sum(pattern(model, knockout.probes(Range.at(2), Range.of(0, 3))).row(3, 2))).isZero();
            float[] zeroed = pattern(model, knockout.withWeightsZeroed().probes(Range.at(5), Range.at(2))).row(0, 5);
            assertThat(zeroed[2]).isZero();
            assertThat(zeroed[1]).isEqualTo(plain.get(0, 5, 1));
        }
    }

    private static Activation pattern(Model model, List<Probe> probes) {
        List<Probe> all = new ArrayList<>(probes);
        all.add(Probe.record(Site.PATTERN.at(1)));
        return model.run(IDS, all.toArray(Probe[]::new)).trace().get(Site.PATTERN.at(1));
    }

    private static double sum(float[] row) {
        double sum = 0;
        for (float x : row) sum += x;
        return sum;
    }

    @Test
    void divergences() {
        try (Model model = Goldens.tiny("llama")) {
            AttentionKnockout.Cut cut = AttentionKnockout.of(model, IDS).cut(Range.of(4, 8), Range.of(1, 3));
            for (int position = 0; position < 4; position++) assertThat(cut.kl(position)).isZero();
            assertThat(cut.jsd(7)).isPositive().isLessThan(Math.log(2));
            AttentionKnockout.Cut future = AttentionKnockout.of(model, IDS).cut(Range.at(3), Range.of(4, 8));
            assertThat(future.cut().logits()).isEqualTo(future.clean().logits());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "gpt2"})
    void spansAreCutsOneByOne(String architecture) {
        try (Model model = Goldens.tiny(architecture)) {
            AttentionKnockout knockout = AttentionKnockout.of(model, IDS);
            List<Range> spans = List.of(Range.of(0, 2), Range.of(2, 5), Range.of(5, 6), Range.of(6, 8));
            float[][] found = knockout.spans(spans);
            for (int blocked = 0; blocked < 4; blocked++) {
                for (int measured = 0; measured < 4; measured++) {
                    double expected = 0;
                    if (measured > blocked) {
                        AttentionKnockout.Cut cut = knockout.cut(Range.of(spans.get(blocked).to(), 8), spans.get(blocked));
                        Range span = spans.get(measured);
                        for (int position = span.from(); position < span.to(); position++) expected += cut.kl(position) / (span.to() - span.from());
                    }
                    assertThat((double) found[measured][blocked]).isCloseTo(expected, within(1e-6));
                }
            }
        }
    }

    @Test
    void windows() {
        Metric metric = Metric.logProbability(7);
        try (Model model = Goldens.tiny("llama")) {
            AttentionKnockout knockout = AttentionKnockout.of(model, IDS);
            float[] found = knockout.windows(2, metric, Range.of(1, 3));
            for (int middle = 0; middle < 3; middle++) {
                AttentionKnockout part = middle == 0 ? knockout.layers(0) : knockout.layers(middle - 1, middle);
                assertThat(found[middle]).isEqualTo((float) metric.of(part.cut(Range.LAST, Range.of(1, 3)).cut()));
            }
        }
    }

    @Test
    void errors() {
        try (Model model = Goldens.tiny("llama")) {
            AttentionKnockout knockout = AttentionKnockout.of(model, IDS);
            assertThatThrownBy(() -> knockout.cut(Range.LAST, Range.of(5, 9))).isInstanceOf(ModelException.class).hasMessageContaining("keys: expected positions in 0:8, found 5:9");
            assertThatThrownBy(() -> knockout.cut(Range.of(5, 9), Range.at(0))).isInstanceOf(ModelException.class).hasMessageContaining("queries");
            assertThatThrownBy(() -> knockout.layers(3)).isInstanceOf(ModelException.class).hasMessageContaining("0..2, found 3");
            assertThatThrownBy(() -> knockout.spans(List.of(Range.of(7, 9)))).isInstanceOf(ModelException.class);
        }
    }
}
