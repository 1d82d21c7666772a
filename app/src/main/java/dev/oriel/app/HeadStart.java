package dev.oriel.app;

import dev.oriel.app.Verb.Needs;
import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.ops.Backend;
import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/// What a start can do while the command line is being read, in a second thread: opens the file behind `-m`, or unpacks the model in the jar, and prepares backends.
///
/// It only guesses. What is wrong with a file is found again by the command itself, if it comes to that, and told there.
final class HeadStart {
    private static final List<String> MODEL = List.of("-m", "--model");
    private static final AtomicReference<Opening> OPENING = new AtomicReference<>();

    /// @param path what is opened; null for the model in the jar
    private record Opening(Path path, CompletableFuture<Checkpoint> checkpoint) {}

    private HeadStart() {}

    /// Begins, if these are the words of a command that will need a model.
    static void begin(String[] args) {
        Verb verb = args.length == 0 ? Verb.DEMO : Verb.of(args[0]);
        Needs needs = verb == null ? Needs.NOTHING : verb.needs;
        if (needs == Needs.NOTHING || Runtime.getRuntime().availableProcessors() < 2) return;
        int at = 0;
        while (at < args.length && !MODEL.contains(args[at])) at++;
        boolean embedded = at == args.length && needs != Needs.MODEL;
        if (at + 1 >= args.length && !embedded || !embedded && args[at + 1].startsWith(ModelName.ON_THE_HUB)) return;
        Opening opening;
        try {
            opening = new Opening(embedded ? null : Path.of(args[at + 1]), new CompletableFuture<>());
        } catch (InvalidPathException e) {
            return;
        }
        OPENING.set(opening);
        Thread.ofPlatform().daemon().name("oriel-head-start").start(() -> run(opening));
    }

    private static void run(Opening opening) {
        try {
            Checkpoint checkpoint = opening.path == null ? Embedded.open() : Checkpoints.open(opening.path);
            Set<Format> formats = EnumSet.noneOf(Format.class);
            // The small model is there sooner than a rehearsal would end.
            for (Tensor tensor : opening.path == null ? List.<Tensor>of() : checkpoint.tensors().values()) if (tensor.shape().length > 1) formats.add(tensor.format());
            opening.checkpoint.complete(checkpoint);
            for (Backend backend : ServiceLoader.load(Backend.class)) backend.prepare(formats);
        } catch (IOException | RuntimeException | Error e) {
            opening.checkpoint.complete(null);
        }
    }

    /// The checkpoint at a path, opened in advance or now; the caller closes it.
    static Checkpoint open(Path path) {
        Checkpoint opened = taken(path);
        return opened == null ? Checkpoints.open(path) : opened;
    }

    /// The model in the jar, likewise.
    static Checkpoint openEmbedded() throws IOException {
        Checkpoint opened = taken(null);
        return opened == null ? Embedded.open() : opened;
    }

    /// Null if nothing was opened there.
    private static Checkpoint taken(Path path) {
        Opening opening = OPENING.get();
        boolean same = opening != null && (path == null ? opening.path == null : path.equals(opening.path));
        return same && OPENING.compareAndSet(opening, null) ? opening.checkpoint.join() : null;
    }
}
