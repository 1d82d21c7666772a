package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Site;
import java.util.List;
import org.junit.jupiter.api.Test;

class SubspaceProjectionTest {
    @Test
    void golden() {
        Goldens.Value golden = Goldens.shipped("moves.json").at("tiny/SubspaceProjection");
        Goldens.Value in = golden.at("inputs");
        int[] clean = in.at("clean").ids();
        Metric metric = Metric.logitDifference(in.at("a").integer(), in.at("b").integer());
        try (Model model = Goldens.tiny("llama")) {
            SubspaceProjection space = SubspaceProjection.of(model, Site.Q.at(in.at("layer").integer()).heads(in.at("head").integer()), List.of(clean, in.at("other").ids()));
            double kept = metric.of(model.run(clean, space.keep(in.at("rank").integer())));
            assertThat(kept).isCloseTo(golden.at("expected", "difference").number(), within(golden.at("tolerance", "abs").number()));
            assertThat(model.run(clean, space.keep(space.basis().length)).logits()).isEqualTo(model.run(clean).logits());
            Activation none = model.run(clean, space.keep(0), Probe.record(Site.Q.at(1))).trace().get(Site.Q.at(1));
            assertThat(none.row(5, 2)).containsOnly(0f);
            assertThat(none.row(5, 1)).doesNotContain(0f);
            assertThatThrownBy(() -> space.keep(99)).isInstanceOf(ModelException.class).hasMessageContaining("0..16, found 99");
            assertThatThrownBy(() -> SubspaceProjection.of(model, Site.Q.at(1), List.of(clean))).hasMessageContaining("expected one head of one layer");
        }
    }

    /// An eigensystem multiplies back to its matrix.
    @Test
    void eigen() {
        double[][] matrix = {{4, 1, -2, 0.5}, {1, 3, 0, 1}, {-2, 0, 5, 2}, {0.5, 1, 2, -1}};
        SymmetricEigen eigen = SymmetricEigen.of(matrix);
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) {
                double product = 0;
                double dot = 0;
                for (int k = 0; k < 4; k++) {
                    product += eigen.values()[k] * eigen.vectors()[k][i] * eigen.vectors()[k][j];
                    dot += eigen.vectors()[i][k] * eigen.vectors()[j][k];
                }
                assertThat(product).isCloseTo(matrix[i][j], within(1e-12));
                assertThat(dot).isCloseTo(i == j ? 1 : 0, within(1e-12));
            }
        }
        assertThat(eigen.values()).isSortedAccordingTo((a, b) -> Double.compare(b, a));
        assertThat(SymmetricEigen.of(new double[3][3]).values()).containsOnly(0);
    }
}
