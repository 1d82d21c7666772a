package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.SafetensorsWriter;
import dev.oriel.loaders.TensorSource;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.LoadOptions;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Site;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// `logits` and `trace` write what the library gives, and edits mean what NumPy's slices mean.
class PassTest extends CommandLineCase {
    private static final int[] IDS = {1, 403, 407, 261, 378};
    private static final String LIST = "1,403,407,261,378";

    @Test
    void logitsAreThoseOfTheLibrary() {
        Path file = logits();
        assertThat(shape(file, "logits")).containsExactly(5, 512);
        try (Model model = model()) {
            assertThat(values(file, "logits")).isEqualTo(model.run(IDS).logits());
        }
    }

    @Test
    void anAblatedHead() { same("blocks.1.attn.hook_z[:,2,:]=0", probe(Site.Z, 1, a -> a.slice(Activation.ALL, 2, Activation.ALL).fill(0))); }

    @Test
    void aHiddenKey() {
        same("blocks.0.attn.hook_attn_scores[:,4,3] = -inf", probe(Site.ATTN_SCORES, 0, a -> a.slice(Activation.ALL, 4, 3).fill(Float.NEGATIVE_INFINITY)));
    }

    @Test
    void aScaledSpan() { same("blocks.3.hook_resid_post[1:3,-8:] *= 2.5", probe(Site.RESID_POST, 3, a -> a.slice(Range.of(1, 3), Range.of(56, 64)).scale(2.5f))); }

    @Test
    void aShiftInEveryLayer() { same("blocks.*.hook_attn_out[-1] += 0.5", Probe.edit(Site.ATTN_OUT, a -> a.slice(4, Activation.ALL).add(0.5f))); }

    @Test
    void aSteeringVectorIsAddedToEveryPosition() {
        float[] vector = new float[64];
        for (int i = 0; i < vector.length; i++) vector[i] = i / 64f;
        String file = stored("v", vector, 64);
        same("blocks.1.hook_resid_post+=@" + file + ":v", probe(Site.RESID_POST, 1, a -> a.add(vector)));
    }

    @Test
    void valuesAreBroadcastAsInNumPy() {
        float[] perHead = {1, 2, 3, 4, 5, 6, 7, 8};
        String file = stored("v", perHead, 8, 1);
        same("blocks.2.attn.hook_z*=@" + file + ":v", probe(Site.Z, 2, a -> {
            for (int head = 0; head < 8; head++) a.slice(Activation.ALL, head, Activation.ALL).scale(perHead[head]);
        }));
        float[] row = new float[8];
        Arrays.fill(row, 2);
        String second = stored("w", row, 8);
        same("blocks.2.attn.hook_z[0,...,3]=@" + second + ":w", probe(Site.Z, 2, a -> a.slice(0, Activation.ALL, 3).fill(2)));
    }

    @Test
    void aValueThatDoesNotFitIsAnError() {
        String file = stored("v", new float[5], 5);
        oriel("logits", "-m", STORIES, "--ids", LIST, "-o", folder.resolve("x.safetensors").toString(), "--edit", "hook_embed=@" + file + ":v").failedWith(1, "broadcast");
    }

    @Test
    void sitesByPatternAndTheContinuation() {
        Path file = folder.resolve("trace.safetensors");
        oriel("trace", "-m", STORIES, "--ids", LIST, "--sites", "blocks.*.attn.hook_pattern,ln_final.*, blocks.2.hook_resid_pre", "-n", "2", "-o", file.toString()).succeeded();
        try (Model model = model()) {
            int[] ids = IDS;
            for (int i = 0; i < 2; i++) {
                float[] last = model.run(ids).logits(ids.length - 1);
                int best = 0;
                for (int id = 0; id < last.length; id++) if (last[id] > last[best]) best = id;
                ids = Arrays.copyOf(ids, ids.length + 1);
                ids[ids.length - 1] = best;
            }
            var trace = model.run(ids, Probe.record(Site.PATTERN), Probe.record(Site.FINAL_SCALE), Probe.record(Site.FINAL_NORMALIZED), Probe.record(Site.RESID_PRE.at(2))).trace();
            assertThat(trace.names()).hasSize(8);
            for (String name : trace.names()) assertThat(values(file, name)).as(name).isEqualTo(trace.get(name).toArray());
        }
        assertThat(shape(file, "blocks.4.attn.hook_pattern")).containsExactly(8, 7, 7);
        assertThat(shape(file, "ln_final.hook_scale")).containsExactly(7, 1);
    }

    private void same(String edit, Probe probe) {
        try (Model model = model()) {
            float[] expected = model.run(IDS, probe).logits();
            assertThat(values(logits("--edit", edit), "logits")).isEqualTo(expected).isNotEqualTo(model.run(IDS).logits());
        }
    }

    private static Probe probe(Site site, int layer, Consumer<Activation> edit) { return Probe.edit(site.at(layer), edit); }

    private static Model model() { return Model.load(Path.of(STORIES), LoadOptions.defaults()); }

    private String stored(String key, float[] values, long... shape) {
        Path file = folder.resolve(key + ".safetensors");
        SafetensorsWriter.write(file, Map.of(), List.of(TensorSource.of(key, values, shape)));
        return file.toString();
    }

    private Path logits(String... more) {
        Path file = folder.resolve("logits.safetensors");
        String[] command = {"logits", "-m", STORIES, "--ids", LIST, "-o", file.toString()};
        String[] all = Arrays.copyOf(command, command.length + more.length);
        System.arraycopy(more, 0, all, command.length, more.length);
        oriel(all).succeeded();
        return file;
    }
}
