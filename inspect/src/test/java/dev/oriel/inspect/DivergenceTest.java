package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class DivergenceTest {
    @Test
    void planted() {
        Goldens.Value golden = Goldens.shipped("moves.json").at("AttentionKnockout divergences");
        Goldens.Value in = golden.at("inputs");
        Goldens.Value expected = golden.at("expected");
        var tolerance = within(golden.at("tolerance").number());
        double[] p = in.at("p").numbers();
        double[] q = in.at("q").numbers();
        assertThat(Divergence.jsd(p, q)).isCloseTo(expected.at("jsd_p_q").number(), tolerance).isCloseTo(Math.log(2), tolerance);
        assertThat(Divergence.jsd(p, p)).isZero();
        assertThat(Divergence.jsd(q, in.at("r").numbers())).isCloseTo(expected.at("jsd_q_r").number(), tolerance);
        assertThat(Divergence.kl(q, in.at("r").numbers())).isCloseTo(expected.at("kl_q_r").number(), tolerance);
        assertThat(Divergence.kl(p, q)).isInfinite();
        assertThatThrownBy(() -> Divergence.kl(p, new double[3])).hasMessageContaining("expected 4, found 3");
    }

    @Test
    void logits() {
        float[] a = {2, -1, 0.5f, 90};
        float[] b = {1, 4, -3, 88};
        assertThat(Divergence.kl(a, b)).isCloseTo(Divergence.kl(Divergence.softmax(a), Divergence.softmax(b)), within(1e-12));
        assertThat(Divergence.kl(a, a)).isZero();
        assertThat(Divergence.kl(new float[] {0, 0}, new float[] {0, -2000})).isCloseTo(1000 - Math.log(2), within(1e-9));
        assertThat(Divergence.logSoftmax(new float[] {3, 3, 3})).containsExactly(new double[] {-Math.log(3), -Math.log(3), -Math.log(3)}, within(1e-12));
        assertThat(Divergence.logSoftmax(new float[] {2, 4}, 2)).containsExactly(Divergence.logSoftmax(new float[] {1, 2}), within(1e-12));
        assertThatThrownBy(() -> Divergence.logSoftmax(a, 0)).hasMessageContaining("temperature");
    }
}
