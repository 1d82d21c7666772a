package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Ops;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Sessions of many threads on one model: what each gets is what it gets alone, whatever happens to the others.
@Timeout(300)
class TurnsTest {
    private ExecutorService threads;

    @BeforeEach
    void start() { threads = Executors.newCachedThreadPool(); }

    @AfterEach
    void stop() { threads.shutdownNow(); }

    private static Model tiny(String architecture) { return Goldens.load(Goldens.model(architecture), "vector", LoadOptions.defaults().withThreads(2)); }

    private static int[] draw(Random random, int length, int vocabulary) { return random.ints(length, 0, vocabulary).toArray(); }

    /// Feeds `ids` in random pieces and returns the logits after each piece.
    private static List<float[]> feed(Model model, int[] ids, Random random) {
        List<float[]> all = new ArrayList<>();
        try (Session session = model.session()) {
            for (int from = 0, to; from < ids.length; from = to) {
                to = Math.min(ids.length, from + 1 + (random.nextInt(4) == 0 ? random.nextInt(60) : random.nextInt(3)));
                all.add(session.feed(Arrays.copyOfRange(ids, from, to)));
            }
        }
        return all;
    }

    static List<String> architectures() { return Goldens.ARCHITECTURES; }

    @ParameterizedTest
    @MethodSource("architectures")
    void sameBitsAsAlone(String architecture) throws Exception {
        long seed = System.nanoTime();
        System.out.println("TurnsTest.sameBitsAsAlone seed " + seed);
        try (Model model = tiny(architecture)) {
            int length = Math.min(90, model.context());
            List<Callable<List<float[]>>> works = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                long own = seed + i;
                works.add(() -> feed(model, draw(new Random(own), length, model.hyper().vocabulary()), new Random(own + 100)));
            }
            List<List<float[]>> alone = new ArrayList<>();
            for (Callable<List<float[]>> work : works) alone.add(work.call());
            List<Future<List<float[]>>> together = threads.invokeAll(works);
            for (int i = 0; i < works.size(); i++) assertThat(together.get(i).get().toArray(float[][]::new)).as("sequence %d", i).isDeepEqualTo(alone.get(i).toArray(float[][]::new));
        }
    }

    /// Starts work on threads of its own while a probe holds the turn, and lets go when all of it waits in the line.
    private static <T> List<FutureTask<T>> linedUp(Model model, List<Callable<T>> works) {
        List<FutureTask<T>> tasks = works.stream().map(FutureTask::new).toList();
        model.run(new int[] {1}, Probe.observe(Site.RESID_POST.at(0), _ -> {
            List<Thread> started = tasks.stream().map(Thread.ofPlatform()::start).toList();
            while (!started.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING || !thread.isAlive())) Thread.onSpinWait();
        }));
        return tasks;
    }

    @Test
    void manySequencesShareAPass() throws Exception {
        LoadOptions options = Goldens.exact(1);
        CountingOps counting = new CountingOps(Goldens.ops("scalar", options));
        try (Checkpoint file = Checkpoints.open(Goldens.model("llama", "gguf")); Model model = Model.of(file, options, counting.ops())) {
            List<Session> sessions = List.of(model.session(), model.session(), model.session(), model.session(), model.session());
            List<Callable<float[]>> works = sessions.stream().<Callable<float[]>>map(session -> () -> session.feed(5, 6)).toList();
            for (FutureTask<float[]> result : linedUp(model, works)) assertThat(result.get()).isEqualTo(model.run(new int[] {5, 6}).logits(1));
            assertThat(counting.passes()).startsWith(1, 10);
            sessions.forEach(Session::close);
        }
    }

    @Test
    void aLongPromptGoesInChunksBesideOthers() throws Exception {
        LoadOptions options = Goldens.exact(1).withContext(2000);
        CountingOps counting = new CountingOps(Goldens.ops("vector", options));
        try (Checkpoint file = Checkpoints.open(Goldens.model("llama", "gguf")); Model model = Model.of(file, options, counting.ops());
                Session a = model.session(); Session b = model.session(); Session c = model.session()) {
            int[] prompt = draw(new Random(5), 1500, model.hyper().vocabulary());
            float[] alone = model.run(Input.of(prompt).withLastLogitsOnly()).lastLogits();
            assertThat(counting.passes()).containsExactly(512, 512, 476);
            List<FutureTask<float[]>> results = linedUp(model, List.of(() -> a.feed(prompt), () -> b.feed(7), () -> c.feed(8)));
            assertThat(results.get(0).get()).isEqualTo(alone);
            assertThat(counting.passes()).containsExactly(1, 130, 512, 512, 348);
            assertThat(results.get(1).get()).isEqualTo(model.run(new int[] {7}).logits());
            assertThat(results.get(2).get()).isEqualTo(model.run(new int[] {8}).logits());
        }
    }

    /// Two long ones take turns, so the second needs not wait for the end of the first.
    @Test
    void promptsAlternate() throws Exception {
        LoadOptions options = Goldens.exact(1).withContext(2000);
        CountingOps counting = new CountingOps(Goldens.ops("vector", options));
        try (Checkpoint file = Checkpoints.open(Goldens.model("llama", "gguf")); Model model = Model.of(file, options, counting.ops());
                Session a = model.session(); Session b = model.session()) {
            int[] prompt = draw(new Random(6), 1100, model.hyper().vocabulary());
            List<FutureTask<float[]>> results = linedUp(model, List.of(() -> a.feed(prompt), () -> b.feed(prompt)));
            assertThat(results.get(0).get()).isEqualTo(results.get(1).get());
            // 512 of each, 512 of each, and the last 76 of both in one pass.
            assertThat(counting.passes()).containsExactly(1, 512, 512, 512, 512, 152);
        }
    }

    @Test
    void aWaitingPromptCanBeCancelled() throws Exception {
        try (Model model = tiny("llama"); Session session = model.session()) {
            FutureTask<Generated> task = new FutureTask<>(() -> session.generate(new int[] {1, 2}, Sampling.greedy(), 5, _ -> { }));
            model.run(new int[] {1}, Probe.observe(Site.RESID_POST.at(0), _ -> {
                Thread thread = Thread.ofPlatform().start(task);
                while (thread.getState() != Thread.State.WAITING && thread.isAlive()) Thread.onSpinWait();
                session.cancel();
            }));
            assertThat(task.get().reason()).isEqualTo(Generated.Reason.CANCELLED);
            assertThat(task.get().ids()).isEmpty();
            assertThat(session.position()).isZero();
        }
    }

    @Test
    void aProbeThatThrowsEndsItsOwnRunOnly() throws Exception {
        try (Model model = tiny("llama")) {
            int[] ids = draw(new Random(2), 40, model.hyper().vocabulary());
            List<float[]> alone = feed(model, ids, new Random(3));
            List<Callable<List<float[]>>> works = new ArrayList<>();
            for (int i = 0; i < 3; i++) works.add(() -> feed(model, ids, new Random(3)));
            for (int i = 0; i < 3; i++) works.add(() -> {
                for (int n = 0; n < 10; n++)
                    assertThatThrownBy(() -> model.run(ids, Probe.edit(Site.Z.at(1), _ -> { throw new IllegalStateException("mine"); }))).hasMessageContaining("mine");
                return alone;
            });
            for (Future<List<float[]>> result : threads.invokeAll(works)) assertThat(result.get().toArray(float[][]::new)).isDeepEqualTo(alone.toArray(float[][]::new));
        }
    }

    @Test
    void aPassThatFailsIsRunAgainWithoutTheOneThatSpoilsIt() throws Exception {
        LoadOptions options = Goldens.exact(1);
        Ops ops = FailingOps.with(Goldens.ops("scalar", options), 13);
        try (Checkpoint file = Checkpoints.open(Goldens.model("llama", "gguf")); Model model = Model.of(file, options, ops)) {
            List<Callable<float[]>> works = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int own = i;
                works.add(() -> {
                    try (Session session = model.session()) {
                        float[] last = null;
                        for (int n = 0; n < 30; n++) {
                            if (own != 0 || n % 2 == 0) last = session.feed(1 + n % 5);
                            else assertThatThrownBy(() -> session.feed(2, 13)).isInstanceOf(RuntimeException.class).hasMessageContaining("poison");
                        }
                        assertThat(session.position()).isEqualTo(own == 0 ? 15 : 30);
                        return last;
                    }
                });
            }
            List<float[]> alone = new ArrayList<>();
            for (Callable<float[]> work : works) alone.add(work.call());
            List<Future<float[]>> together = threads.invokeAll(works);
            for (int i = 0; i < 4; i++) assertThat(together.get(i).get()).isEqualTo(alone.get(i));
        }
    }

    @Test
    void oneSessionServesOneCallAtATime() throws Exception {
        try (Model model = tiny("llama"); Session session = model.session()) {
            model.run(List.of(new Model.Feed(session, new int[] {1, 2}, Probe.observe(Site.Z.at(0), _ -> {
                for (Callable<Object> use : List.<Callable<Object>>of(() -> session.feed(3), () -> session.run(new int[] {3}), () -> {
                    session.rewind(0);
                    return 0;
                })) assertThatThrownBy(() -> threads.submit(use).get(60, TimeUnit.SECONDS)).hasMessageContaining("the session is in use by another call");
            }))));
            assertThat(session.position()).isEqualTo(2);
            session.feed(3);
        }
    }

    /// Random starts, cancels, closes and errors. Whoever is not cancelled, closed or wrong gets what it gets alone, and nobody waits for ever.
    @Test
    void stress() throws Exception {
        long seed = System.nanoTime();
        System.out.println("TurnsTest.stress seed " + seed);
        try (Model model = tiny("llama")) {
            int[] ids = draw(new Random(seed), 60, model.hyper().vocabulary());
            List<float[]> alone = new ArrayList<>();
            try (Session session = model.session()) {
                for (int id : ids) alone.add(session.feed(id));
            }
            List<Callable<String>> works = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                long own = seed + i;
                works.add(() -> {
                    Random random = new Random(own);
                    for (int n = 0; n < 15; n++) visit(model, ids, alone, random);
                    return "";
                });
            }
            for (Future<String> result : threads.invokeAll(works)) result.get();
            assertThat(model.run(ids).lastLogits()).isEqualTo(alone.getLast());
        }
    }

    private void visit(Model model, int[] ids, List<float[]> alone, Random random) throws Exception {
        Session session = model.session();
        int first = 1 + random.nextInt(ids.length - 1);
        switch (random.nextInt(6)) {
            case 0 -> {
                // Closed from elsewhere at any moment: each call gives the right bits or says so.
                Future<?> closing = threads.submit(session::close);
                try {
                    for (int n = 0; n < 20; n++) assertThat(session.feed(ids[n])).isEqualTo(alone.get(n));
                } catch (ModelException e) {
                    assertThat(e).hasMessage("the session is closed");
                }
                closing.get();
            }
            case 1 -> {
                Future<?> cancelling = threads.submit(session::cancel);
                Generated generated = session.generate(Arrays.copyOf(ids, first), Sampling.greedy(), 10, _ -> { });
                assertThat(generated.ids().length).isLessThanOrEqualTo(10);
                assertThat(session.ids()).startsWith(Arrays.copyOf(ids, Math.min(first, session.position())));
                cancelling.get();
            }
            case 2 -> assertThatThrownBy(() -> session.run(Arrays.copyOf(ids, first), Probe.edit(Site.Z.at(0), _ -> { throw new IllegalStateException("mine"); })))
                    .hasMessageContaining("mine");
            case 3 -> {
                assertThat(session.feed(Arrays.copyOf(ids, first))).isEqualTo(alone.get(first - 1));
                try (Session fork = session.fork()) {
                    assertThat(fork.advanceTo(ids)).isEqualTo(alone.getLast());
                }
                session.rewind(first / 2);
                assertThat(session.advanceTo(Arrays.copyOf(ids, first))).isEqualTo(alone.get(first - 1));
            }
            case 4 -> {
                Run run = session.run(ids, Probe.record(Site.RESID_POST.at(0)));
                for (int n = 0; n < ids.length; n++) assertThat(run.logits(n)).isEqualTo(alone.get(n));
            }
            default -> {
                for (int n = 0; n < first; n++) assertThat(session.feed(ids[n])).isEqualTo(alone.get(n));
            }
        }
        session.close();
        assertThatThrownBy(() -> session.feed(1)).isInstanceOf(ModelException.class).hasMessage("the session is closed");
    }

    @Test
    void closingTheModelEndsWhatWaits() throws Exception {
        for (int round = 0; round < 10; round++) {
            Model model = tiny("llama");
            List<Future<String>> results = new ArrayList<>();
            CountDownLatch running = new CountDownLatch(4);
            for (int i = 0; i < 4; i++) results.add(threads.submit(() -> {
                Session session = model.session();
                try {
                    for (int n = 0; n < model.context(); n++) {
                        session.feed(1);
                        if (n == 0) running.countDown();
                    }
                    return "the model is closed";
                } catch (ModelException e) {
                    return e.getMessage();
                } finally {
                    session.close();
                }
            }));
            running.await();
            model.close();
            for (Future<String> result : results) assertThat(result.get()).isEqualTo("the model is closed");
        }
    }
}
