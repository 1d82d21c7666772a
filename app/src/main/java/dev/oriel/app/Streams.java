package dev.oriel.app;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Where a command reads and writes: always UTF-8, whatever the locale.
final class Streams {
    /// Set by whoever hands stderr on through a pipe.
    static final String ERR_TERMINAL = "oriel.stderr.terminal";
    /// Set where stderr has another number, because 2 is where the JVM's own warnings go.
    static final String ERR_DESCRIPTOR = "oriel.stderr";

    /// Nobody reads stdout any more.
    static final class Closed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private final InputStream in;
    private final OutputStream out;
    private final PrintStream err;
    private final boolean outTerminal;
    private final boolean errTerminal;

    Streams(InputStream in, OutputStream out, OutputStream err, boolean outTerminal, boolean errTerminal) {
        this.in = in;
        this.out = new BufferedOutputStream(out);
        this.err = new PrintStream(err, true, StandardCharsets.UTF_8);
        this.outTerminal = outTerminal;
        this.errTerminal = errTerminal;
    }

    static Streams standard() {
        String told = System.getProperty(ERR_TERMINAL);
        int number = Integer.getInteger(ERR_DESCRIPTOR, 2);
        return new Streams(System.in, new FileOutputStream(FileDescriptor.out), new FileOutputStream(descriptor(number)), isTerminal(1),
                told == null ? isTerminal(number) : Boolean.parseBoolean(told));
    }

    /// The script opens `java.io` for this.
    private static FileDescriptor descriptor(int number) {
        if (number == 2) return FileDescriptor.err;
        try {
            var constructor = FileDescriptor.class.getDeclaredConstructor(int.class);
            constructor.setAccessible(true);
            return constructor.newInstance(number);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return FileDescriptor.err;
        }
    }

    /// Java itself can only tell for stdin and stdout together.
    static boolean isTerminal(int descriptor) {
        Path link = Path.of("/proc/self/fd/" + descriptor);
        try {
            String target = Files.readSymbolicLink(link).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return System.console() != null && System.console().isTerminal();
        }
    }

    InputStream in() { return in; }

    /// Stdin as text; malformed UTF-8 is an error.
    Reader reader() {
        return new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT));
    }

    boolean outTerminal() { return outTerminal; }

    boolean errTerminal() { return errTerminal; }

    /// Whether results may be coloured.
    boolean colours() { return outTerminal && System.getenv("NO_COLOR") == null; }

    /// Part of the result, seen at once.
    void print(String text) {
        try {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /// A line of the result.
    void println(String line) { print(line + "\n"); }

    /// A line for people.
    void note(String line) { err.println(line); }

    PrintStream err() { return err; }

    /// For help texts.
    PrintWriter outWriter() { return new PrintWriter(out, true, StandardCharsets.UTF_8); }

    PrintWriter errWriter() { return new PrintWriter(err, true, StandardCharsets.UTF_8); }

    void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static RuntimeException failed(IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("Broken pipe") || message.contains("pipe is being closed") ? new Closed() : new UncheckedIOException("stdout: " + message, e);
    }
}
