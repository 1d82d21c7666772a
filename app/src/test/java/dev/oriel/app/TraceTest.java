package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.SafetensorsWriter;
import dev.oriel.loaders.TensorSource;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Site;
import dev.oriel.runtime.Trace;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/// `trace` and `run` that go on after the prompt, with edits and with parts of sites, against whole passes over everything there is so far.
class TraceTest extends CommandLineCase {
    private static final int[] IDS = {1, 403, 407, 261, 378};
    private static final String LIST = "1,403,407,261,378";
    private static final int MORE = 6;
    private static final String SITES = "blocks.*.attn.hook_pattern,blocks.4.hook_resid_post,ln_final.hook_normalized,unembed.hook_out";

    @Test
    void anEditOfAllPositionsActsInGenerationToo() { same("blocks.1.attn.hook_z[:,2,:]=0", Site.Z.at(1).heads(2), Range.ALL, a -> a.fill(0)); }

    @Test
    void theLastPositionIsThePrompts() { same("blocks.2.hook_resid_post[-1] += 0.5", Site.RESID_POST.at(2), Range.at(4), a -> a.add(0.5f)); }

    @Test
    void anOpenSpanGoesOnIntoTheGeneration() { same("blocks.2.hook_resid_post[-2:] *= 1.5", Site.RESID_POST.at(2), Range.from(3), a -> a.scale(1.5f)); }

    @Test
    void aSpanAcrossTheEndOfThePrompt() { same("blocks.0.attn.hook_v[3:8,1:3]=0", Site.V.at(0).heads(1, 2), Range.of(3, 8), a -> a.fill(0)); }

    @Test
    void aGeneratedPosition() { same("blocks.3.hook_mlp_out[7]*=-2", Site.MLP_OUT.at(3), Range.at(7), a -> a.scale(-2)); }

    @Test
    void aHiddenKeyStaysHidden() {
        same("blocks.*.attn.hook_attn_scores[...,2:,1:3] = -inf", Site.ATTN_SCORES.keys(1, 3), Range.from(2), a -> a.fill(Float.NEGATIVE_INFINITY));
    }

    @Test
    void aValueWithARowPerPositionIsForThePrompt() {
        float[] rows = new float[IDS.length * 64];
        for (int i = 0; i < rows.length; i++) rows[i] = i % 7 - 3;
        Path file = folder.resolve("rows.safetensors");
        SafetensorsWriter.write(file, Map.of(), List.of(TensorSource.of("v", rows, IDS.length, 64)));
        String edit = "blocks.1.hook_resid_post%s+=@" + file + ":v";
        same(edit.formatted(""), Site.RESID_POST.at(1), Range.of(0, 5), a -> a.add(rows));
        trace(SITES, "--edit", edit.formatted("[6:]")).failedWith(1, "positions of the prompt only, 0:5");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "[11] | pos: expected -5..10, found 11", "[-6] | pos: expected -5..10, found -6", "[12:] | is empty", "[:,8] | head: expected -8..7, found 8", "[0,0,0,0] | at most 3"})
    void anEditThatLeavesTheSequence(String slices, String part) { trace(SITES, "--edit", "blocks.1.attn.hook_z" + slices + "=0").failedWith(1, part); }

    @Test
    void runTakesEdits() {
        String edit = "blocks.*.attn.hook_z[:,0:3]=0";
        Path file = folder.resolve("trace.safetensors");
        oriel("trace", "-m", STORIES, "-p", "Lily", "--sites", "hook_embed", "-n", "12", "--edit", edit, "-o", file.toString()).succeeded();
        try (Model model = Model.load(Path.of(STORIES)); Trace trace = Trace.open(file)) {
            String expected = model.tokenizer().decode(trace.ids(), false);
            assertThat(oriel("run", "-m", STORIES, "-p", "Lily", "-n", "12", "--temp", "0", "--edit", edit).succeeded().out().strip()).isEqualTo(expected.strip());
            assertThat(oriel("run", "-m", STORIES, "-p", "Lily", "-n", "12", "--temp", "0").succeeded().out().strip()).isNotEqualTo(expected.strip());
        }
        oriel("run", "-m", STORIES, "-p", "Lily", "--edit", "nonsense").failedWith(1, "nonsense");
    }

    @Test
    void partsOfSites() {
        Path file = folder.resolve("trace.safetensors");
        trace("blocks.3.attn.hook_pattern[1,1:8,:], blocks.2.attn.hook_pattern[2:4,-1,:3],blocks.*.attn.hook_k[:,3],hook_embed[4:]").succeeded();
        try (Model model = Model.load(Path.of(STORIES)); Trace parts = Trace.open(file)) {
            assertThat(parts.ids()).hasSize(IDS.length + MORE).startsWith(IDS);
            Trace whole = model.run(parts.ids(), Probe.record(Site.PATTERN), Probe.record(Site.K), Probe.record(Site.EMBED)).trace();
            Activation first = parts.get(Site.PATTERN.at(3));
            assertThat(first.toArray()).isEqualTo(whole.get(Site.PATTERN.at(3)).slice(Range.at(1), Range.of(1, 8), Range.ALL).toArray());
            assertThat(first.labels(0)).containsExactly(1);
            assertThat(first.labels(1)).containsExactly(1, 2, 3, 4, 5, 6, 7);
            assertThat(parts.get(Site.PATTERN.at(2)).toArray()).isEqualTo(whole.get(Site.PATTERN.at(2)).slice(Range.of(2, 4), Range.at(4), Range.of(0, 3)).toArray());
            assertThat(parts.get(Site.K.at(4)).toArray()).isEqualTo(whole.get(Site.K.at(4)).slice(Activation.ALL, 3, Activation.ALL).toArray());
            assertThat(parts.get(Site.EMBED).toArray()).isEqualTo(whole.get(Site.EMBED).slice(Range.of(4, 11), Range.ALL).toArray());
            assertThat(parts.names()).hasSize(8);
        }
        trace("hook_embed[:,3]").failedWith(1, "a trace keeps this axis whole");
        trace("blocks.0.attn.hook_z[:,9]").failedWith(1, "head: expected -8..7, found 9");
        trace("blocks.0.attn.hook_z[:").failedWith(1, "expected SITE or SITE[slices]");
        trace("blocks.*.attn.hook_z[0],blocks.1.attn.hook_z[1]").failedWith(1, "holds one part of a site");
    }

    @Test
    void aLargeTraceIsTheSameInItsFile() throws Exception {
        Path small = folder.resolve("trace.safetensors");
        Path large = folder.resolve("large.safetensors");
        trace(SITES, "-v").succeeded();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Streams streams = new Streams(InputStream.nullInputStream(), OutputStream.nullOutputStream(), err, false, false);
        assertThat(new CommandLine(new Traces(streams, 0)).registerConverter(ModelName.class, ModelName::new).execute("-m", STORIES, "--ids", LIST, "--sites", SITES, "-n", "" + MORE, "-v", "-o", large.toString())).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("kept on the disk");
        assertThat(large).hasSameBinaryContentAs(small);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(small, large);
        }
    }

    @Test
    void theSizeIsToldAndAskedFor() {
        // 5 layers, 8 heads, 11 queries, 11 keys, and 4 bytes a number.
        assertThat(trace("blocks.*.attn.hook_pattern", "-v").succeeded().err()).contains("the trace will hold " + 5 * 8 * 11 * 11 * 4 + " bytes");
        oriel("trace", "-m", STORIES, "--ids", LIST, "--sites", "blocks.*.attn.hook_pattern", "--context", "900005", "-n", "900000", "-o", folder.resolve("x.safetensors").toString())
                .failedWith(1, "bytes of room on the disk");
        assertThat(folder.resolve("x.safetensors")).doesNotExist();
    }

    @Test
    void itEndsWhereTheModelEndsItsText() {
        // Token 2 is the end of a text.
        trace("hook_embed", "--edit", "unembed.hook_out[7,2]=1000").succeeded();
        try (Trace trace = Trace.open(folder.resolve("trace.safetensors"))) {
            assertThat(trace.ids()).hasSize(8).startsWith(IDS);
            assertThat(trace.get(Site.EMBED).shape()).containsExactly(8, 64);
        }
    }

    @Test
    void moreThanTheContextHolds() {
        oriel("trace", "-m", STORIES, "--ids", LIST, "--sites", "hook_embed", "-n", "508", "-o", folder.resolve("x.safetensors").toString()).failedWith(1, "see --context");
        oriel("trace", "-m", STORIES, "--ids", LIST, "--sites", "hook_embed", "-n", "-1", "-o", folder.resolve("x.safetensors").toString()).failedWith(2, "-n");
    }

    /// The command against whole passes with the same edit, as far as the positions it means are there.
    private void same(String edit, Selection where, Range positions, Consumer<Activation> change) {
        Path file = folder.resolve("trace.safetensors");
        trace(SITES, "--edit", edit).succeeded();
        try (Model model = Model.load(Path.of(STORIES)); Trace found = Trace.open(file)) {
            IntFunction<Probe[]> edits = length -> positions.from() >= length ? new Probe[0]
                    : new Probe[] {Probe.edit(where.positions(positions.to() == Integer.MAX_VALUE ? positions : Range.of(positions.from(), Math.min(length, positions.to()))), change)};
            int[] ids = IDS;
            for (int i = 0; i < MORE; i++) {
                float[] last = model.run(ids, edits.apply(ids.length)).lastLogits();
                int best = 0;
                for (int id = 0; id < last.length; id++) if (last[id] > last[best]) best = id;
                ids = Arrays.copyOf(ids, ids.length + 1);
                ids[ids.length - 1] = best;
            }
            Probe[] before = edits.apply(ids.length);
            Probe[] all = Arrays.copyOf(before, before.length + 4);
            System.arraycopy(new Probe[] {Probe.record(Site.PATTERN), Probe.record(Site.RESID_POST.at(4)), Probe.record(Site.FINAL_NORMALIZED), Probe.record(Site.LOGITS)}, 0, all, before.length, 4);
            Trace whole = model.run(ids, all).trace();
            assertThat(found.ids()).isEqualTo(ids);
            assertThat(found.names()).containsExactlyInAnyOrderElementsOf(whole.names());
            for (String name : whole.names()) assertThat(found.get(name).toArray()).as(name).isEqualTo(whole.get(name).toArray());
            Trace untouched = model.run(ids, Probe.record(Site.LOGITS)).trace();
            assertThat(found.get(Site.LOGITS).toArray()).isNotEqualTo(untouched.get(Site.LOGITS).toArray());
        }
    }

    private Result trace(String sites, String... more) {
        String[] command = {"trace", "-m", STORIES, "--ids", LIST, "--sites", sites, "-n", Integer.toString(MORE), "-o", folder.resolve("trace.safetensors").toString()};
        String[] all = Arrays.copyOf(command, command.length + more.length);
        System.arraycopy(more, 0, all, command.length, more.length);
        return oriel(all);
    }
}
