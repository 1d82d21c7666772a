package dev.oriel.loaders;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/// A file that appears whole or not at all. It is written beside its place, under another name, and moved there at the end; on any failure nothing stays, and an older
/// file of that name is as it was.
public final class WholeFile {
    /// What is in it.
    public interface Content {
        void write(FileChannel out) throws IOException;
    }

    private WholeFile() {}

    /// @throws ModelException if `target` is a folder, or cannot be written
    public static void write(Path target, Content content) {
        if (Files.isDirectory(target)) throw new ModelException(target, "output", "a file name", "a folder");
        Path part = target.resolveSibling(target.getFileName() + "." + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".part");
        boolean created = false;
        try {
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                created = true;
                part.toFile().deleteOnExit();
                content.write(channel);
                channel.force(true);
            }
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            created = false;
        } catch (NoSuchFileException e) {
            throw new ModelException(target + ": cannot be written: there is no such folder", e);
        } catch (IOException e) {
            throw new ModelException(target + ": cannot be written: " + Mapping.reason(e), e);
        } finally {
            if (created) delete(part);
        }
    }

    private static void delete(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            System.getLogger(WholeFile.class.getName()).log(System.Logger.Level.WARNING, "{0} cannot be deleted: {1}", part, Mapping.reason(e));
        }
    }
}
