package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.ModelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What probes can do besides recording and editing whole sites of one run.
class ProbeTest {
    private static final int[] IDS = Goldens.ids("llama", "input_ids");
    private static Model model;

    @BeforeAll
    static void load() { model = Goldens.load(Goldens.model("llama", "gguf"), "vector", Goldens.exact(2)); }

    @AfterAll
    static void close() { model.close(); }

    @Test
    void aPartIsThatPartOfTheWhole() {
        Activation whole = model.run(IDS, Probe.record(Site.PATTERN)).trace().get(Site.PATTERN.at(1));
        Activation part = model.run(IDS, Probe.record(Site.PATTERN.at(1).heads(3, 1).positions(10, 20).keys(4, 12))).trace().get(Site.PATTERN.at(1));
        assertThat(part.shape()).containsExactly(2, 10, 8);
        assertThat(part.labels(0)).containsExactly(3, 1);
        assertThat(part.labels(1)).isEqualTo(IntStream.range(10, 20).toArray());
        assertThat(part.labels(2)).isEqualTo(IntStream.range(4, 12).toArray());
        for (int q = 0; q < 10; q++) for (int k = 0; k < 8; k++) {
            assertThat(part.get(0, q, k)).isEqualTo(whole.get(3, 10 + q, 4 + k));
            assertThat(part.get(1, q, k)).isEqualTo(whole.get(1, 10 + q, 4 + k));
        }
        Activation last = model.run(IDS, Probe.record(Site.Z.at(2).lastRow())).trace().get(Site.Z.at(2));
        assertThat(last.shape()).containsExactly(1, 4, 16);
        assertThat(last.labels(0)).containsExactly(IDS.length - 1);
    }

    @Test
    void anEditOfAPartSeesThatPart() {
        float[] whole = model.run(IDS, Probe.edit(Site.Z.at(1), a -> a.slice(Range.of(3, 7), Range.at(2), Range.ALL).fill(0))).logits();
        assertThat(model.run(IDS, Probe.edit(Site.Z.at(1).heads(2).positions(3, 7), a -> {
            assertThat(a.shape()).containsExactly(4, 1, 16);
            a.fill(0);
        })).logits()).isEqualTo(whole);
    }

    @Test
    void traceBytesAreKnownBefore() {
        Probe[] probes = {Probe.record(Site.PATTERN.heads(1, 2).keys(0, 5)), Probe.record(Site.RESID_POST.at(0, 2)), Probe.record(Site.V.at(1).lastRow()), Probe.record(Site.LOGITS),
            Probe.reduce(Site.PATTERN, Reduction.ARGMAX), Probe.reduce(Site.RESID_MID.at(1), Reduction.MEAN), Probe.observe(Site.EMBED, a -> { })};
        assertThat(model.traceBytes(IDS.length, probes)).isEqualTo(model.run(IDS, probes).trace().bytes());
    }

    @Test
    void aTraceGrowsWithTheGeneration() {
        Probe[] probes = {Probe.record(Site.PATTERN), Probe.record(Site.ATTN_SCORES.at(0)), Probe.record(Site.RESID_POST.at(2)), Probe.reduce(Site.PATTERN.at(1), Reduction.ARGMAX),
            Probe.reduce(Site.PATTERN.at(1), Reduction.COLUMN_SUM), Probe.reduce(Site.RESID_POST.at(1), Reduction.MEAN), Probe.reduce(Site.PATTERN.at(2), Reduction.ENTROPY),
            Probe.record(Site.FINAL_SCALE), Probe.record(Site.LOGITS)};
        try (Session session = model.session()) {
            Generated generated = session.generate(Input.of(IDS), Sampling.greedy(), 6, List.of(), List.of(probes), token -> { });
            int[] all = Arrays.copyOf(IDS, IDS.length + 5);
            System.arraycopy(generated.ids(), 0, all, IDS.length, 5);
            Trace whole = model.run(all, probes).trace();
            assertThat(generated.trace().ids()).isEqualTo(whole.ids()).isEqualTo(all);
            assertThat(generated.trace().names()).isEqualTo(whole.names());
            for (String name : whole.names()) {
                assertThat(generated.trace().get(name).shape()).as(name).isEqualTo(whole.get(name).shape());
                if (name.endsWith("sum") || name.endsWith("mean")) assertThat(Goldens.deviation(generated.trace().get(name).toArray(), whole.get(name).toArray())).as(name).isLessThan(1e-5);
                else assertThat(generated.trace().get(name).toArray()).as(name).isEqualTo(whole.get(name).toArray());
            }
        }
    }

    @Test
    void longRunsAreRecordedInPiecesWithTheSameBits() {
        int[] ids = IntStream.range(0, 1100).map(i -> IDS[i * 7 % IDS.length]).toArray();
        try (Model roomy = Goldens.load(Goldens.model("llama", "gguf"), "vector", Goldens.exact(2).withContext(2000))) {
            Probe[] probes = {Probe.record(Site.PATTERN.at(1).heads(2)), Probe.record(Site.RESID_POST.at(0)), Probe.record(Site.FINAL_SCALE), Probe.record(Site.Z.at(0).lastRow()),
                Probe.record(Site.ATTN_SCORES.at(2).heads(0).positions(500, 530))};
            Run pieces = roomy.run(ids, probes);
            List<Probe> whole = new ArrayList<>(List.of(probes));
            // An observer wants the prompt as a whole.
            whole.add(Probe.observe(Site.EMBED, a -> assertThat(a.shape()[0]).isEqualTo(1100)));
            Run once = roomy.run(ids, whole.toArray(Probe[]::new));
            assertThat(pieces.logits()).isEqualTo(once.logits());
            for (String name : once.trace().names()) {
                assertThat(pieces.trace().get(name).shape()).as(name).isEqualTo(once.trace().get(name).shape());
                assertThat(pieces.trace().get(name).toArray()).as(name).isEqualTo(once.trace().get(name).toArray());
            }
            Run last = roomy.run(Input.of(ids).withLastLogitsOnly(), probes);
            assertThat(last.lastLogits()).isEqualTo(once.logits(1099));
            assertThat(last.trace().get(Site.FINAL_SCALE).toArray()).containsExactly(once.trace().get(Site.FINAL_SCALE).get(1099, 0));
        }
    }

    @Test
    void phasesOfAGeneration() {
        for (Phase phase : List.of(Phase.EVERY, Phase.PROMPT, Phase.GENERATION, Phase.step(2))) {
            List<Integer> rows = new ArrayList<>();
            try (Session session = model.session()) {
                session.generate(Input.of(IDS), Sampling.greedy(), 5, List.of(), List.of(Probe.observe(Site.RESID_PRE.at(1), a -> rows.add(a.labels(0)[0])).during(phase)), token -> { });
            }
            List<Integer> every = List.of(0, 32, 33, 34, 35);
            assertThat(rows).as(phase.toString()).isEqualTo(phase.equals(Phase.EVERY) ? every : phase.equals(Phase.PROMPT) ? List.of(0) : phase.equals(Phase.GENERATION) ? every.subList(1, 5) : List.of(34));
        }
    }

    @Test
    void anEditReadsWhatWasRecordedBeforeItInThePass() {
        float[] expected = model.run(IDS, Probe.edit(Site.RESID_POST.at(1), a -> a.scale(2))).logits();
        float[] found = model.run(IDS, Probe.record(Site.RESID_POST.at(1)), Probe.edit(Site.RESID_POST.at(1), (a, seen) -> a.add(seen.get(Site.RESID_POST.at(1)).toArray()))).logits();
        assertThat(found).isEqualTo(expected);
        assertThatThrownBy(() -> model.run(IDS, Probe.record(Site.RESID_POST.at(2)), Probe.edit(Site.RESID_POST.at(1), (a, seen) -> a.copyFrom(seen.get(Site.RESID_POST.at(2))))))
                .isInstanceOf(ModelException.class).hasMessageContaining("not recorded yet");
    }

    @Test
    void sessionsOfABatchHaveTheirOwnProbesAndSeeEachOther() {
        int[] other = Arrays.copyOf(IDS, 20);
        other[3] = 7;
        Activation donor = model.run(other, Probe.record(Site.Z.at(1))).trace().get(Site.Z.at(1));
        float[] patched = model.run(Arrays.copyOf(IDS, 20), Probe.edit(Site.Z.at(1), a -> a.copyFrom(donor))).logits();
        try (Session a = model.session(); Session b = model.session(); Session c = model.session()) {
            List<Run> runs = model.run(List.of(new Model.Feed(a, other, Probe.record(Site.Z.at(1))),
                    new Model.Feed(b, Arrays.copyOf(IDS, 20), Probe.edit(Site.Z.at(1), (z, seen) -> z.copyFrom(seen.get(a, Site.Z.at(1))))),
                    new Model.Feed(c, Input.of(IDS).withLastLogitsOnly(), List.of(Probe.record(Site.PATTERN.at(2))))));
            assertThat(runs.get(0).logits()).isEqualTo(model.run(other).logits());
            assertThat(runs.get(1).logits()).isEqualTo(patched);
            assertThat(runs.get(2).lastLogits()).isEqualTo(model.run(IDS).logits(IDS.length - 1));
            assertThat(runs.get(2).trace().get(Site.PATTERN.at(2)).toArray()).isEqualTo(model.run(IDS, Probe.record(Site.PATTERN)).trace().get(Site.PATTERN.at(2)).toArray());
            assertThat(runs.get(1).trace().names()).isEmpty();
        }
    }

    @Test
    void forksGoOnFromASharedPrefix() {
        try (Session trunk = model.session()) {
            trunk.feed(Arrays.copyOf(IDS, 20));
            try (Session left = trunk.fork(); Session right = trunk.fork()) {
                int[] rest = Arrays.copyOfRange(IDS, 20, IDS.length);
                List<Run> runs = model.run(List.of(new Model.Feed(left, rest, Probe.edit(Site.Z.at(0).heads(1), a -> a.fill(0))), new Model.Feed(right, rest)));
                assertThat(runs.get(1).lastLogits()).isEqualTo(model.run(IDS).lastLogits());
                assertThat(runs.get(0).lastLogits()).isNotEqualTo(runs.get(1).lastLogits());
                assertThat(trunk.feed(5)).isEqualTo(model.run(extended(Arrays.copyOf(IDS, 20), 5)).lastLogits());
            }
        }
    }

    @Test
    void aRunMayBeginAtAnyLayer() {
        Run whole = model.run(IDS, Probe.record(Site.RESID_PRE), Probe.record(Site.PATTERN.at(2)));
        for (int layer = 0; layer < 3; layer++) {
            try (Session session = model.session()) {
                Run run = session.run(Input.of(IDS).from(layer, whole.trace().get(Site.RESID_PRE.at(layer))), Probe.record(Site.PATTERN.at(2)));
                assertThat(run.logits()).isEqualTo(whole.logits());
                assertThat(run.trace().get(Site.PATTERN.at(2)).toArray()).isEqualTo(whole.trace().get(Site.PATTERN.at(2)).toArray());
                assertThat(session.position()).isZero();
                assertThat(session.run(IDS).logits()).isEqualTo(whole.logits());
            }
        }
        try (Session session = model.session()) {
            session.feed(Arrays.copyOf(IDS, 20));
            Run late = session.run(Input.of(Arrays.copyOfRange(IDS, 20, 32)).from(1, whole.trace().get(Site.RESID_PRE.at(1)).slice(Range.of(20, 32), Range.ALL)));
            assertThat(late.lastLogits()).isEqualTo(whole.lastLogits());
        }
        assertThatThrownBy(() -> model.run(Input.of(IDS).from(1, whole.trace().get(Site.RESID_PRE.at(1))), Probe.record(Site.Z.at(0)))).isInstanceOf(ModelException.class).hasMessageContaining("layers 1..2");
        assertThatThrownBy(() -> model.run(Input.of(3, 4).from(1, whole.trace().get(Site.RESID_PRE.at(1))))).isInstanceOf(ModelException.class).hasMessageContaining("expected [2, 64], found [32, 64]");
    }

    @Test
    void aRunMayBringItsMask() {
        assertThat(Goldens.deviation(model.run(Input.of(IDS).withMask(Mask.causal())).logits(), model.run(IDS).logits())).isLessThan(1e-4);
        float[] hidden = model.run(IDS, Probe.hide(Site.ATTN_SCORES.positions(6, 32).keys(2, 5))).logits();
        assertThat(Goldens.deviation(model.run(Input.of(IDS).withMask(Mask.causal().without(Range.from(6), Range.of(2, 5)))).logits(), hidden)).isLessThan(1e-4);
        Activation both = model.run(Input.of(IDS).withMask(Mask.prefix(10)), Probe.record(Site.PATTERN.at(0))).trace().get(Site.PATTERN.at(0));
        assertThat(both.get(1, 2, 9)).isPositive();
        assertThat(both.get(1, 2, 10)).isZero();
        assertThat(both.get(1, 12, 13)).isZero();
    }

    @Test
    void aQueryWithoutKeysAttendsToNothing() {
        Run run = model.run(IDS, Probe.hide(Site.ATTN_SCORES.at(1).heads(0).positions(4, 5)), Probe.record(Site.PATTERN.at(1)), Probe.record(Site.Z.at(1)));
        assertThat(run.trace().get(Site.PATTERN.at(1)).slice(0, 4, Activation.ALL).toArray()).containsOnly(0);
        assertThat(run.trace().get(Site.Z.at(1)).slice(4, 0, Activation.ALL).toArray()).containsOnly(0);
        for (float logit : run.logits()) assertThat(logit).isFinite();
    }

    @Test
    void positionsMayBeGivenAndRopeLeftOut() {
        int[] counted = IntStream.range(0, IDS.length).toArray();
        assertThat(model.run(Input.of(IDS).withPositions(counted)).logits()).isEqualTo(model.run(IDS).logits());
        int[] shifted = IntStream.range(100, 100 + IDS.length).toArray();
        assertThat(Goldens.deviation(model.run(Input.of(IDS).withPositions(shifted)).logits(), model.run(IDS).logits())).isLessThan(1e-3);
        // Every token at position 0 is not rotated at all.
        assertThat(model.run(Input.of(IDS).withPositions(new int[IDS.length])).logits()).isEqualTo(model.run(Input.of(IDS).withoutRope()).logits());
        Trace trace = model.run(Input.of(IDS).withoutRope(), Probe.record(Site.Q.at(1)), Probe.record(Site.ROT_Q.at(1))).trace();
        assertThat(trace.get(Site.ROT_Q.at(1)).toArray()).isEqualTo(trace.get(Site.Q.at(1)).toArray());
    }

    @Test
    void repeatedPositionsCanBeRewound() {
        try (Session session = model.session()) {
            session.run(Input.of(IDS).withPositions(IntStream.range(0, IDS.length).map(i -> i / 2).toArray()));
            float[] first = session.feed(9);
            session.rewind(IDS.length);
            assertThat(session.feed(9)).isEqualTo(first);
        }
    }

    @Test
    void headsMayHaveInputsOfTheirOwn() {
        Activation other = model.run(IDS, Probe.record(Site.RESID_PRE.at(0))).trace().get(Site.RESID_PRE.at(0));
        Run plain = model.run(IDS, Probe.record(Site.Q), Probe.record(Site.K), Probe.record(Site.V));
        Run edited = model.run(IDS, Probe.edit(Site.Q_INPUT.at(2).heads(1), a -> a.copyFrom(other.toArray())), Probe.edit(Site.V_INPUT.at(2).heads(0), a -> a.fill(0)),
                Probe.record(Site.Q), Probe.record(Site.K), Probe.record(Site.V));
        Run all = model.run(IDS, Probe.edit(Site.RESID_PRE.at(2), a -> a.copyFrom(other)), Probe.record(Site.Q.at(2)));
        assertThat(edited.trace().get(Site.Q.at(2)).slice(Activation.ALL, 1, Activation.ALL).toArray()).isEqualTo(all.trace().get(Site.Q.at(2)).slice(Activation.ALL, 1, Activation.ALL).toArray());
        assertThat(edited.trace().get(Site.Q.at(2)).slice(Activation.ALL, 0, Activation.ALL).toArray()).isEqualTo(plain.trace().get(Site.Q.at(2)).slice(Activation.ALL, 0, Activation.ALL).toArray());
        assertThat(edited.trace().get(Site.K.at(2)).toArray()).isEqualTo(plain.trace().get(Site.K.at(2)).toArray());
        assertThat(edited.trace().get(Site.V.at(2)).slice(Activation.ALL, 0, Activation.ALL).toArray()).containsOnly(0);
        assertThat(edited.trace().get(Site.V.at(2)).slice(Activation.ALL, 1, Activation.ALL).toArray()).isEqualTo(plain.trace().get(Site.V.at(2)).slice(Activation.ALL, 1, Activation.ALL).toArray());
        Activation input = model.run(IDS, Probe.record(Site.K_INPUT.at(1)), Probe.record(Site.RESID_PRE.at(1))).trace().get(Site.K_INPUT.at(1));
        assertThat(input.shape()).containsExactly(32, 2, 64);
    }

    @Test
    void anEditedResultReplacesWhatTheHeadAdds() {
        float[] ablated = model.run(IDS, Probe.edit(Site.Z.at(1).heads(2), a -> a.fill(0))).logits();
        assertThat(Goldens.deviation(model.run(IDS, Probe.edit(Site.RESULT.at(1).heads(2), a -> a.fill(0))).logits(), ablated)).isLessThan(1e-4);
    }

    @Test
    void resultsAreComputedWhereTheyAreWanted() {
        Activation whole = model.run(IDS, Probe.record(Site.RESULT)).trace().get(Site.RESULT.at(1));
        Activation part = model.run(IDS, Probe.record(Site.RESULT.at(1).positions(7, 9).heads(2)), Probe.record(Site.RESULT.at(0).lastRow())).trace().get(Site.RESULT.at(1));
        assertThat(part.toArray()).isEqualTo(whole.slice(Range.of(7, 9), Range.at(2), Range.ALL).toArray());
        float[] edited = model.run(IDS, Probe.edit(Site.RESULT.at(1), a -> a.slice(Range.of(7, 9), Range.at(2), Range.ALL).fill(1))).logits();
        assertThat(model.run(IDS, Probe.edit(Site.RESULT.at(1).positions(7, 9).heads(2), a -> a.fill(1))).logits()).isEqualTo(edited);
    }

    @Test
    void spansThatAPassCutsAreRefused() {
        Probe edit = Probe.edit(Site.Z.at(1).positions(10, 20), a -> a.fill(0));
        try (Session session = model.session()) {
            assertThatThrownBy(() -> session.run(Arrays.copyOf(IDS, 15), edit)).isInstanceOf(ModelException.class).hasMessageContaining("cut by this pass");
            session.feed(Arrays.copyOf(IDS, 9));
            float[] logits = session.run(Arrays.copyOfRange(IDS, 9, 32), edit).lastLogits();
            assertThat(logits).isEqualTo(model.run(IDS, edit).lastLogits());
            assertThatThrownBy(() -> session.run(new int[] {1}, edit)).isInstanceOf(ModelException.class).hasMessageContaining("comes too late");
        }
        assertThatThrownBy(() -> model.run(IDS, Probe.record(Site.Z.positions(40, 50)))).isInstanceOf(ModelException.class).hasMessageContaining("ends at position 32");
        assertThatThrownBy(() -> model.run(IDS, Probe.edit(Site.Z, a -> a.fill(0)).during(Phase.GENERATION))).isInstanceOf(ModelException.class).hasMessageContaining("generates nothing");
    }

    @Test
    void slicesOutsideAreErrorsThatNameThePlace() {
        assertThatThrownBy(() -> model.run(IDS, Probe.edit(Site.Z.at(1), a -> a.slice(0, 4, 0).fill(0)))).isInstanceOf(ModelException.class).hasMessageContaining("blocks.1.attn.hook_z").hasMessageContaining("head 4:5 leaves 0:4");
        Activation recorded = model.run(IDS, Probe.record(Site.Z)).trace().get(Site.Z.at(0));
        assertThatThrownBy(() -> recorded.fill(0)).isInstanceOf(IllegalStateException.class).hasMessageContaining("no effect");
        assertThatThrownBy(() -> model.run(IDS, Probe.observe(Site.Z.at(0), a -> a.fill(0)))).isInstanceOf(ModelException.class).hasMessageContaining("no effect");
        assertThatThrownBy(() -> model.run(IDS, Probe.observe(Site.Z.at(0), a -> model.run(IDS)))).isInstanceOf(ModelException.class).hasMessageContaining("cannot run the model");
    }

    @Test
    void tracesStandInFilesAndComeBack(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("a trace.safetensors");
        Probe[] probes = {Probe.record(Site.PATTERN.heads(1, 3).positions(5, 32)), Probe.record(Site.RESID_POST), Probe.reduce(Site.PATTERN.at(0), Reduction.ARGMAX)};
        Trace expected = model.run(IDS, probes).trace();
        try (Trace spilled = model.run(Input.of(IDS).withTraceIn(file), probes).trace()) {
            same(spilled, expected);
        }
        assertThat(Files.list(folder)).containsExactly(file);
        try (Trace read = Trace.open(file)) {
            assertThat(read.ids()).isEqualTo(IDS);
            same(read, expected);
        }
        try (Session session = model.session()) {
            Path grown = folder.resolve("grown.safetensors");
            try (Trace trace = session.generate(Input.of(IDS).withTraceIn(grown), Sampling.greedy(), 4, List.of(), List.of(probes), token -> { }).trace()) {
                assertThat(trace.get(Site.RESID_POST.at(1)).shape()).containsExactly(35, 64);
                assertThat(trace.get(Site.RESID_POST.at(1)).slice(Range.of(0, 32), Range.ALL).toArray()).isEqualTo(expected.get(Site.RESID_POST.at(1)).toArray());
            }
            Path failed = folder.resolve("failed.safetensors");
            assertThatThrownBy(() -> model.run(Input.of(IDS).withTraceIn(failed), Probe.record(Site.Z), Probe.edit(Site.Z.at(2), a -> { throw new IllegalStateException("no"); })));
            assertThat(Files.list(folder)).containsExactlyInAnyOrder(file, grown);
        }
    }

    private static void same(Trace found, Trace expected) {
        assertThat(found.names()).containsExactlyInAnyOrderElementsOf(expected.names());
        for (String name : expected.names()) {
            Activation a = found.get(name);
            Activation b = expected.get(name);
            assertThat(a.axes()).as(name).isEqualTo(b.axes());
            assertThat(a.toArray()).as(name).isEqualTo(b.toArray());
            for (int axis = 0; axis < a.axes().size(); axis++) assertThat(a.labels(axis)).as(name).isEqualTo(b.labels(axis));
        }
    }

    @Test
    void sessionsInLockstepShareOneToken() {
        try (Session a = model.session(); Session b = model.session(); Session alone = model.session()) {
            List<Model.Feed> members = List.of(new Model.Feed(a, Arrays.copyOf(IDS, 8)), new Model.Feed(b, Input.of(Arrays.copyOf(IDS, 5)), List.of(Probe.record(Site.RESID_POST.at(0)))));
            List<Generated> both = model.generate(members, List::getFirst, Sampling.greedy(), 5, List.of(), token -> { });
            assertThat(both.get(0).ids()).isEqualTo(alone.generate(Arrays.copyOf(IDS, 8), Sampling.greedy(), 5, token -> { }).ids());
            assertThat(both.get(1).ids()).isEqualTo(both.get(0).ids());
            assertThat(both.get(1).trace().get(Site.RESID_POST.at(0)).shape()).containsExactly(9, 64);
            assertThat(Arrays.copyOfRange(b.ids(), 5, 9)).isEqualTo(Arrays.copyOf(both.get(0).ids(), 4));
        }
    }

    @Test
    void weightsMakeTheSites() {
        ModelWeights weights = model.weights();
        Trace trace = model.run(IDS, Probe.record(Site.LN1_NORMALIZED.at(1)), Probe.record(Site.Q.at(1)), Probe.record(Site.V.at(1)), Probe.record(Site.Z.at(1)), Probe.record(Site.RESULT.at(1)),
                Probe.record(Site.EMBED), Probe.record(Site.FINAL_NORMALIZED), Probe.record(Site.LOGITS), Probe.record(Site.RESID_POST.at(2))).trace();
        float[] x = trace.get(Site.LN1_NORMALIZED.at(1)).row(9);
        float[] w = weights.get("blocks.1.ln1.w");
        for (int i = 0; i < x.length; i++) x[i] *= w[i];
        assertThat(Goldens.deviation(times(x, weights.query(1, 3)), trace.get(Site.Q.at(1)).row(9, 3))).isLessThan(1e-5);
        assertThat(Goldens.deviation(times(x, weights.value(1, 1)), trace.get(Site.V.at(1)).row(9, 1))).isLessThan(1e-5);
        assertThat(Goldens.deviation(times(trace.get(Site.Z.at(1)).row(9, 2), weights.output(1, 2)), trace.get(Site.RESULT.at(1)).row(9, 2))).isLessThan(1e-5);
        assertThat(weights.embedding(IDS[4], 1)).isEqualTo(trace.get(Site.EMBED).row(4));
        assertThat(model.unembed(trace.get(Site.RESID_POST.at(2)).row(7))).isEqualTo(trace.get(Site.LOGITS).row(7));
        for (String name : weights.names()) assertThat(weights.get(name).length).as(name).isEqualTo(Arrays.stream(weights.shape(name)).reduce(1, (a, b) -> a * b));
        assertThat(Arrays.copyOf(weights.get("blocks.1.attn.W_Q"), 64 * 16)).isEqualTo(weights.query(1, 0));
        assertThatThrownBy(() -> weights.get("blocks.1.attn.b_Q")).isInstanceOf(ModelException.class).hasMessageContaining("no weight").hasMessageContaining("embed.W_E");
    }

    @Test
    void logProbabilitiesOfAContinuation() {
        double[] found = model.logProbabilities(Arrays.copyOf(IDS, 10), Arrays.copyOfRange(IDS, 10, 14));
        Run run = model.run(IDS);
        for (int i = 0; i < 4; i++) {
            float[] logits = run.logits(9 + i);
            double sum = 0;
            for (float logit : logits) sum += Math.exp(logit);
            assertThat(found[i]).isCloseTo(logits[IDS[10 + i]] - Math.log(sum), org.assertj.core.data.Offset.offset(1e-5));
        }
    }

    private static float[] times(float[] x, float[] w) {
        float[] out = new float[w.length / x.length];
        for (int j = 0; j < out.length; j++) {
            double sum = 0;
            for (int i = 0; i < x.length; i++) sum += (double) x[i] * w[i * out.length + j];
            out[j] = (float) sum;
        }
        return out;
    }

    private static int[] extended(int[] ids, int id) {
        int[] out = Arrays.copyOf(ids, ids.length + 1);
        out[ids.length] = id;
        return out;
    }
}
