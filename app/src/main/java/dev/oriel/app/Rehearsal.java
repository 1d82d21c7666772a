package dev.oriel.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/// Makes a [StartArchive], in the background: one JVM goes through what commands do and leaves its classes behind as it ends, this one waits for it and puts
/// the file in place.
final class Rehearsal {
    private static final long PATIENCE_SECONDS = 300;
    private static final String OWN = "dev/oriel/";

    private Rehearsal() {}

    /// With the file to make, makes it; without, rehearses.
    public static void main(String[] args) throws Exception {
        if (args.length > 0) make(new StartArchive(Path.of(args[0])), Path.of(System.getProperty("java.class.path")));
        else rehearse(Path.of(System.getProperty("java.class.path")));
    }

    /// Returns at once where another process is at it.
    static void make(StartArchive archive, Path jar) throws IOException, InterruptedException {
        try (FileChannel channel = FileChannel.open(archive.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE); FileLock lock = channel.tryLock()) {
            String key = StartArchive.key(jar);
            if (lock == null || archive.isFresh(key)) return;
            archive.promise(key);
            Path made = archive.file().resolveSibling(archive.file().getFileName() + ".new");
            try {
                List<String> options = List.of("-Xlog:disable", "-XX:ArchiveClassesAtExit=" + made);
                boolean good = java(options, jar, Rehearsal.class.getName()) && Files.isRegularFile(made)
                        && java(StartArchive.use(made), jar, Main.class.getName(), "--version");
                archive.publish(good ? made : null, key);
            } finally {
                Files.deleteIfExists(made);
            }
            archive.tidy();
        }
    }

    private static boolean java(List<String> options, Path jar, String... mainAndArguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(StartArchive.java()));
        command.addAll(StartArchive.FLAGS);
        command.addAll(StartArchive.COLLECTOR);
        command.addAll(options);
        command.addAll(List.of("-cp", jar.toString()));
        command.addAll(List.of(mainAndArguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD);
        // Options of the user's would be in the archive too.
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        Process process = builder.start();
        process.getOutputStream().close();
        try {
            return process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
        } finally {
            process.destroyForcibly();
        }
    }

    /// Runs commands whose output nobody sees, with plain and with quantised weights, and loads what of the program they did not touch.
    private static void rehearse(Path jar) throws IOException, ClassNotFoundException {
        Path folder = Files.createTempDirectory("oriel-");
        try {
            Path small = folder.resolve("small.gguf");
            try (InputStream in = Rehearsal.class.getResourceAsStream(Embedded.NAME)) {
                Files.copy(in, small);
            }
            command("demo");
            command("info", "-m", small.toString());
            for (String type : List.of("Q8_0", "F16")) {
                String other = folder.resolve(type + ".gguf").toString();
                command("convert", small.toString(), other, "--type", type);
                command("run", "-m", other, "-p", "Once", "-n", "2");
            }
        } finally {
            try (var all = Files.walk(folder)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
            }
        }
        try (JarFile entries = new JarFile(jar.toFile())) {
            for (JarEntry entry : Collections.list(entries.entries())) load(entry.getName());
        }
    }

    private static void load(String entry) throws ClassNotFoundException {
        if (!entry.startsWith(OWN) || !entry.endsWith(".class")) return;
        try {
            Class.forName(entry.substring(0, entry.length() - ".class".length()).replace('/', '.'), false, Rehearsal.class.getClassLoader());
        } catch (LinkageError e) {
            // What cannot be loaded is not needed in an archive.
            return;
        }
    }

    private static void command(String... words) {
        Streams nobody = new Streams(InputStream.nullInputStream(), OutputStream.nullOutputStream(), OutputStream.nullOutputStream(), false, false);
        if (Oriel.execute(nobody, words) != 0) throw new UncheckedIOException(new IOException("the rehearsal failed: " + String.join(" ", words)));
    }
}
