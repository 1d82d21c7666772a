package dev.oriel.app;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import sun.misc.Signal;

/// Starts java again, with the vector module: `java -jar` alone cannot resolve an incubating one. The second JVM owns the terminal; the first only passes on
/// signals and the exit code, and takes the JVM's warning about the incubating module out of stderr.
final class Relaunch {
    static final String VECTOR_MODULE = "jdk.incubator.vector";
    /// As shells say that SIGINT ended something.
    private static final int INTERRUPTED = 130;
    private static final String PARENT = "oriel.parent";
    private static final byte[] WARNING = ("WARNING: Using incubator modules: " + VECTOR_MODULE).getBytes(StandardCharsets.US_ASCII);

    private Relaunch() {}

    /// Runs the command in a second JVM and returns its exit code.
    static int run(String[] args) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command(args));
        builder.redirectInput(ProcessBuilder.Redirect.INHERIT).redirectOutput(ProcessBuilder.Redirect.INHERIT);
        if (!Arguments.localeIsUtf8()) builder.environment().put("LC_ALL", "C.UTF-8");
        Process child = builder.start();
        boolean terminal = Streams.isTerminal(0) || Streams.isTerminal(2);
        // From a terminal, Ctrl-C reaches both and the second JVM decides (a chat goes on); a signal sent to this process alone is passed on.
        AtomicBoolean interrupted = new AtomicBoolean();
        Signal.handle(new Signal("INT"), _ -> {
            if (terminal) return;
            interrupted.set(true);
            child.destroy();
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(child)));
        try (InputStream errors = child.getErrorStream()) {
            withoutWarning(errors, new FileOutputStream(FileDescriptor.err));
        }
        while (true) {
            try {
                int code = child.waitFor();
                return interrupted.get() ? INTERRUPTED : code;
            } catch (InterruptedException e) {
                child.destroy();
            }
        }
    }

    private static List<String> command(String[] args) {
        List<String> own = given(ProcessHandle.current().info().arguments().orElse(null));
        List<String> command = new ArrayList<>();
        String home = System.getProperty("java.home");
        command.add(StartArchive.java());
        command.addAll(StartArchive.FLAGS);
        boolean collector = false;
        for (String option : own) collector |= option.startsWith("-XX:+Use") && option.endsWith("GC");
        if (!collector) command.addAll(StartArchive.COLLECTOR);
        String classPath = System.getProperty("java.class.path");
        // As the archive knows it.
        if (classPath.endsWith(".jar")) classPath = Path.of(classPath).toAbsolutePath().normalize().toString();
        StartArchive archive = StartArchive.of(System.getenv(), classPath, home);
        if (archive != null) command.addAll(archive.options());
        command.addAll(own);
        command.add("-D" + PARENT + "=" + ProcessHandle.current().pid());
        command.add("-D" + Streams.ERR_TERMINAL + "=" + Streams.isTerminal(2));
        if (!Arguments.localeIsUtf8()) command.add("-D" + Arguments.PROPERTY + "=" + Arguments.pack(args));
        command.addAll(List.of("-cp", classPath, Main.class.getName()));
        if (Arguments.localeIsUtf8()) command.addAll(Arrays.asList(args));
        return command;
    }

    /// The options this JVM was given. Management knows them, but takes as long to start as everything else here; a plain `java OPTIONS -jar` is read off the
    /// command line.
    ///
    /// @param words the command line behind `java`, null where the system does not tell
    static List<String> given(String[] words) {
        List<String> options = new ArrayList<>();
        boolean told = words != null && System.getenv("JDK_JAVA_OPTIONS") == null && System.getenv("JAVA_TOOL_OPTIONS") == null;
        for (int i = 0; told && i < words.length; i++) {
            if (words[i].equals("-jar")) return options;
            // An option whose value is a word of its own, or a file of options, takes more understanding.
            told = words[i].startsWith("-X") || words[i].startsWith("-D") || words[i].equals("-ea");
            options.add(words[i]);
        }
        return ManagementFactory.getRuntimeMXBean().getInputArguments();
    }

    private static void stop(Process child) {
        if (!child.isAlive()) return;
        child.destroy();
        try {
            if (!child.waitFor(5, TimeUnit.SECONDS)) child.destroyForcibly();
        } catch (InterruptedException e) {
            child.destroyForcibly();
        }
    }

    /// Copies bytes as they come, but for the warning where it is the first line.
    static void withoutWarning(InputStream from, OutputStream to) throws IOException {
        byte[] first = new byte[WARNING.length];
        int n = 0;
        while (n < first.length) {
            int next = from.read();
            if (next < 0) break;
            first[n++] = (byte) next;
            if (first[n - 1] != WARNING[n - 1]) break;
        }
        if (n == WARNING.length && Arrays.equals(first, WARNING)) {
            for (int c = from.read(); c >= 0 && c != '\n'; c = from.read()) { }
        } else {
            to.write(first, 0, n);
        }
        byte[] buffer = new byte[8192];
        for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) to.write(buffer, 0, count);
    }

    /// In the second JVM: ends it where the first one was killed and could not say so.
    static void endWithParent() {
        String parent = System.getProperty(PARENT);
        if (parent == null) return;
        ProcessHandle.of(Long.parseLong(parent)).ifPresent(first -> first.onExit().thenRun(() -> Runtime.getRuntime().halt(137)));
    }
}
