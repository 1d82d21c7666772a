package dev.oriel.app;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.GgufWriter;
import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.SafetensorsWriter;
import dev.oriel.loaders.TensorSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `convert`: GGUF and safetensors to each other, and to other number formats; any tensors, whatever the architecture.
@Command(name = "convert", description = "Convert a model file; OUT's ending, .gguf or .safetensors, says into what.", mixinStandardHelpOptions = true)
final class Convert implements Callable<Integer> {
    private final Streams streams;

    @Spec private CommandSpec command;

    private Path in;

    @Parameters(index = "0", paramLabel = "IN", description = "A .gguf or .safetensors file, a Hugging Face folder, or hf:OWNER/REPO[:QUANT].")
    private ModelName named;

    @Parameters(index = "1", paramLabel = "OUT",
            description = "The file to write: .gguf or .safetensors. A model of a known family gets its config.json beside the .safetensors file.")
    private Path out;

    @Option(names = "--type", paramLabel = "TYPE", converter = RecipeName.class,
            description = "F32, BF16, F16, Q8_0, Q4_0...: how numbers are stored (default: as they are, where OUT can hold that); or a mixture as llama-quantize's: Q4_K_S, Q4_K_M, "
                    + "Q5_K_S, Q5_K_M.")
    private Recipe type;

    static final class RecipeName implements ITypeConverter<Recipe> {
        @Override
        public Recipe convert(String name) {
            try {
                return Recipe.of(name);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    Convert(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() throws IOException {
        String name = String.valueOf(out.getFileName()).toLowerCase(Locale.ROOT);
        boolean gguf = name.endsWith(".gguf");
        if (!gguf && !name.endsWith(".safetensors")) throw wrong("OUT must end in .gguf or .safetensors: " + out);
        if (type != null && !type.format().canEncode()) throw wrong("Invalid value for option '--type': " + type.name() + " can be read, not written");
        if (type != null && !gguf && type.format().safetensorsName() == null) throw wrong("Invalid value for option '--type': safetensors has no " + type.name());
        in = named.path(streams);
        try (Checkpoint checkpoint = Checkpoints.open(in)) {
            requireAnotherFile();
            Carried carried = gguf ? Carried.toGguf(checkpoint, type, this::note) : Carried.toSafetensors(checkpoint, this::note);
            long bytes = checkpoint.tensors().values().stream().mapToLong(t -> t.data().byteSize()).sum();
            try (Progress progress = Progress.of(streams, "converting", bytes)) {
                Conversion conversion = new Conversion(gguf, type, carried.shape(), progress, this::note);
                List<TensorSource> tensors = carried.tensors().stream().map(conversion::of).toList();
                if (gguf) GgufWriter.write(out, carried.metadata(), tensors);
                else SafetensorsWriter.write(out, strings(carried.metadata()), tensors);
            }
            for (Map.Entry<String, Object> file : carried.files().entrySet()) writeBeside(file.getKey(), file.getValue());
        }
        return 0;
    }

    private void writeBeside(String name, Object content) throws IOException {
        Path file = out.resolveSibling(name);
        String text = Json.write(content) + "\n";
        if (!Files.exists(file)) {
            if (file.getParent() != null) Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } else if (!Files.readString(file).equals(text)) note(file + " is another model's and stays as it is; " + out.getFileName() + " needs one of its own to run: " + text.strip());
    }

    /// The input is mapped while the output is written, and may be many files.
    private void requireAnotherFile() throws IOException {
        if (!Files.exists(out)) return;
        boolean several = Files.isDirectory(in) || in.toString().matches(".*(-of-\\d+\\.gguf|\\.index\\.json)");
        Path folder = Files.isDirectory(in) ? in : in.toAbsolutePath().getParent();
        if (Files.isSameFile(in, out) || several && Files.isSameFile(folder, out.toAbsolutePath().getParent()))
            throw new ModelException(out, "output", "another file than the input", "a file of the input");
    }

    private static Map<String, String> strings(Map<String, Object> metadata) {
        Map<String, String> strings = new LinkedHashMap<>();
        metadata.forEach((key, value) -> strings.put(key, String.valueOf(value)));
        return strings;
    }

    private void note(String text) { streams.note("oriel: " + text); }

    private ParameterException wrong(String message) { return new ParameterException(command.commandLine(), message); }
}
