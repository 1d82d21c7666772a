package dev.oriel.loaders;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Opens files for reading only, so that read-only mounts and files shared between processes work.
final class Mapping {
    private Mapping() {}

    /// All bytes of a file, of any length, until `arena` is closed.
    static MemorySegment map(Path path, Arena arena) {
        if (Files.isDirectory(path)) throw new ModelException(path, "model file", "a file", "a folder");
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    static ModelException unreadable(Path path, IOException e) {
        return new ModelException(path + ": cannot be read: " + reason(e), e);
    }

    /// Why a file operation failed, without the path that the message of a FileSystemException repeats.
    static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException _ -> "there is no such file or folder";
            case AccessDeniedException _ -> "permission denied";
            case FileSystemException f when f.getReason() != null -> f.getReason();
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }
}
