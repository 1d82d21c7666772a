package dev.oriel.loaders.hub;

import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Brings one model into the cache.
final class Pull {
    private final Repository repository;
    private final PullListener listener;
    private final Set<String> wantedPaths = new HashSet<>();
    private long done;
    private long total;

    Pull(Repository repository, PullListener listener) {
        this.repository = repository;
        this.listener = listener;
    }

    /// @throws IOException where the hub could not tell what there is
    Path run() throws IOException {
        Listing listing = repository.api().list();
        CacheFolder cache = repository.cache();
        Choice choice = Choice.of(repository.wanted(), listing.paths());
        try {
            fetch(listing, choice.files());
            Path snapshot = cache.snapshot(listing.commit());
            if (choice.isIndexed()) fetch(listing, Choice.shards(repository.wanted(), snapshot, listing.paths()));
            remember(listing.commit());
            return snapshot.resolve(choice.opens());
        } catch (IOException e) {
            throw new ModelException(repository.wanted().name() + ": " + Reasons.of(e) + "; what has come stays, and the next pull goes on from there", e);
        }
    }

    private void fetch(Listing listing, List<String> paths) throws IOException {
        wantedPaths.addAll(paths);
        SafeName.requireSafe(repository.wanted(), wantedPaths);
        CacheFolder cache = repository.cache();
        List<HubFile> missing = new ArrayList<>();
        for (String path : paths) {
            HubFile told = listing.files().get(path);
            if (!cache.has(listing.commit(), told)) missing.add(repository.api().known(listing.commit(), told));
        }
        if (missing.isEmpty()) return;
        for (HubFile file : missing) total = Math.addExact(total, file.size());
        requireSpace(missing);
        for (HubFile file : missing) {
            long before = done;
            if (cache.hasBlob(file)) listener.progress(before + file.size(), total);
            else new Download(repository, listing.commit(), file, bytes -> listener.progress(before + bytes, total)).run(listener);
            cache.writing(() -> cache.link(listing.commit(), file));
            done = before + file.size();
        }
    }

    /// It is better said before than after the first gigabytes.
    private void requireSpace(List<HubFile> missing) {
        CacheFolder cache = repository.cache();
        Path blobs = cache.blob("x").getParent();
        cache.writing(() -> Files.createDirectories(blobs));
        long needed = missing.stream().filter(file -> !cache.hasBlob(file)).mapToLong(file -> file.size() - cache.partialBytes(file)).sum();
        long free = cache.writing(() -> Files.getFileStore(blobs).getUsableSpace());
        // Some file systems do not tell, and say 0.
        if (free > 0 && free < needed) throw new ModelException(blobs, "free space", megabytes(needed), megabytes(free));
    }

    private static String megabytes(long bytes) { return "%,d MB".formatted((bytes + 999_999) / 1_000_000); }

    /// A cache that can only be read, but has everything, is good enough.
    private void remember(String commit) {
        try {
            repository.cache().remember(repository.wanted().revision(), commit);
        } catch (IOException e) {
            if (total > 0) throw repository.cache().unwritable(e);
        }
    }
}
