package dev.oriel.loaders.hub;

import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/// A repository in the cache, laid out as `huggingface_hub` does: `blobs` holds contents under their ETags, `snapshots/COMMIT` the repository's files as links to
/// them, `refs` the commit that a branch was at.
final class CacheFolder {
    private static final int MAX_REF_BYTES = 1024;

    /// Something done with files.
    interface Work<T> {
        T run() throws IOException;
    }

    /// The same, without a result.
    interface Deed {
        void run() throws IOException;
    }

    private final Reference wanted;
    private final HubSettings settings;
    private final Path folder;

    CacheFolder(Reference wanted, HubSettings settings) {
        this.wanted = wanted;
        this.settings = settings;
        folder = settings.cache().toAbsolutePath().resolve(wanted.cacheFolder());
    }

    Path blob(String etag) { return folder.resolve("blobs").resolve(etag); }

    /// The beginning of a blob.
    Path partial(String etag, String unshared) { return blob(etag + unshared + ".oriel.incomplete"); }

    long partialBytes(HubFile file) {
        try {
            Path partial = partial(file.etag(), "");
            return Files.exists(partial) ? Math.min(Files.size(partial), file.size()) : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    Path lock(String etag) { return settings.cache().toAbsolutePath().resolve(".locks").resolve(wanted.cacheFolder()).resolve(etag + ".lock"); }

    Path snapshot(String commit) { return folder.resolve("snapshots").resolve(commit); }

    /// Where a file of the repository is; its name has been found safe.
    Path file(String commit, String path) { return snapshot(commit).resolve(path); }

    boolean hasBlob(HubFile file) { return isWhole(blob(file.etag()), file.size()); }

    boolean has(String commit, HubFile file) { return isWhole(file(commit, file.path()), file.size()); }

    private static boolean isWhole(Path path, long size) {
        try {
            return Files.isRegularFile(path) && (size < 0 || Files.size(path) == size);
        } catch (IOException e) {
            return false;
        }
    }

    /// Makes the blob the content of a file of the snapshot: all of it at once, whatever was there.
    void link(String commit, HubFile file) throws IOException {
        Path target = file(commit, file.path());
        Files.createDirectories(target.getParent());
        Path made = beside(target);
        try {
            linkOrCopy(blob(file.etag()), made);
            Files.move(made, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(made);
        }
    }

    private void linkOrCopy(Path blob, Path made) throws IOException {
        if (settings.links()) {
            try {
                Files.createSymbolicLink(made, made.getParent().relativize(blob));
                return;
            } catch (UnsupportedOperationException | FileSystemException e) {
                // Windows gives this right to few; the other kind of link is left, and copies.
                Files.deleteIfExists(made);
            }
        }
        try {
            Files.createLink(made, blob);
        } catch (UnsupportedOperationException | FileSystemException e) {
            Files.copy(blob, made);
        }
    }

    /// The commit that a revision was when it was last pulled.
    Optional<String> commit(String revision) {
        if (Reference.isCommit(revision)) return Optional.of(revision);
        Path ref = folder.resolve("refs").resolve(revision);
        try {
            if (!Files.isRegularFile(ref) || Files.size(ref) > MAX_REF_BYTES) return Optional.empty();
            return Optional.of(Files.readString(ref).strip()).filter(Reference::isCommit);
        } catch (IOException e) {
            throw new ModelException(ref + ": cannot be read: " + Reasons.of(e), e);
        }
    }

    void remember(String revision, String commit) throws IOException {
        if (Reference.isCommit(revision) || commit(revision).filter(commit::equals).isPresent()) return;
        Path ref = folder.resolve("refs").resolve(revision);
        Files.createDirectories(ref.getParent());
        Path made = beside(ref);
        try {
            Files.writeString(made, commit);
            Files.move(made, ref, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(made);
        }
    }

    /// The files of a snapshot that are here, by their names in the repository.
    List<String> paths(String commit) {
        Path snapshot = snapshot(commit);
        if (!Files.isDirectory(snapshot, LinkOption.NOFOLLOW_LINKS)) return List.of();
        try (Stream<Path> files = Files.walk(snapshot)) {
            return files.filter(Files::isRegularFile).map(file -> snapshot.relativize(file).toString().replace('\\', '/'))
                    .filter(path -> SafeName.objection(path) == null).sorted().toList();
        } catch (IOException e) {
            throw new ModelException(snapshot + ": cannot be read: " + Reasons.of(e), e);
        }
    }

    /// A name that nobody else uses.
    private static Path beside(Path path) { return path.resolveSibling(path.getFileName() + "." + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".tmp"); }

    /// What goes wrong here is the disk's fault and not the hub's: trying again would not help.
    <T> T writing(Work<T> work) {
        try {
            return work.run();
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    void writing(Deed deed) {
        writing(() -> {
            deed.run();
            return null;
        });
    }

    ModelException unwritable(IOException e) {
        return new ModelException(settings.cache() + ": the cache cannot be written: " + Reasons.of(e) + " (HF_HOME or HF_HUB_CACHE names another folder)", e);
    }
}
