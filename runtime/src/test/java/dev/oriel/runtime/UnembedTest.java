package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.oriel.loaders.ModelException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The end of a model applied to any vectors.
class UnembedTest {
    private static final int COUNT = 40;

    @ParameterizedTest
    @ValueSource(strings = {"llama", "gemma3", "gpt2", "gpt-neox"})
    void manyVectorsGiveWhatEachGivesAlone(String architecture) {
        try (Model model = Goldens.load(Goldens.model(architecture, "safetensors"), "vector", Goldens.exact(1))) {
            int last = model.hyper().layers().size() - 1;
            int[] ids = new int[COUNT];
            for (int i = 0; i < COUNT; i++) ids[i] = 3 + i * 7 % 300;
            Run run = model.run(ids, Probe.record(Site.RESID_POST.at(last)), Probe.record(Site.FINAL_NORMALIZED));
            float[][] rows = new float[COUNT][];
            for (int i = 0; i < COUNT; i++) rows[i] = run.trace().get(Site.RESID_POST.at(last)).row(i);
            float[][] logits = model.unembed(rows);
            for (int i = 0; i < COUNT; i++) {
                assertThat(logits[i]).isEqualTo(run.logits(i));
                assertThat(model.unembed(rows[i])).isEqualTo(logits[i]);
            }
        }
    }

    /// The product alone, against the weights read by name.
    @ParameterizedTest
    @ValueSource(strings = {"llama", "gpt2"})
    void projectionIsTheMatrixAlone(String architecture) {
        try (Model model = Goldens.load(Goldens.model(architecture, "safetensors"), "vector", Goldens.exact(1))) {
            float[] x = new float[model.hyper().width()];
            for (int i = 0; i < x.length; i++) x[i] = (float) Math.sin(i);
            float[][] found = model.project(new float[][] {x, new float[x.length]});
            for (int id = 0; id < model.hyper().vocabulary(); id += 37) {
                double sum = 0;
                float[] row = model.weights().unembedding(id, 1);
                for (int i = 0; i < x.length; i++) sum += (double) row[i] * x[i];
                assertThat((double) found[0][id]).isCloseTo(sum, within(1e-5));
            }
            assertThat(found[1]).containsOnly(0f);
            assertThat(model.project(new float[0][])).isEmpty();
            assertThatThrownBy(() -> model.project(new float[][] {x, {1}})).isInstanceOf(ModelException.class).hasMessage("project: expected " + x.length + " numbers, found 1");
            assertThatThrownBy(() -> model.unembed(new float[] {1})).isInstanceOf(ModelException.class).hasMessage("unembed: expected " + x.length + " numbers, found 1");
        }
    }
}
