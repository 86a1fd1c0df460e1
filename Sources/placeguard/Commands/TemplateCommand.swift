import ArgumentParser
import Foundation
import RiskAssessment
import Safeguarding
import Store

/// The risk assessment template: validate, compare, put into force, prove.
struct TemplateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "template",
        abstract: "The partnership's risk assessment template: its signs, weights, bands and rules, all data.",
        subcommands: [Check.self, Show.self, Diff.self, Activate.self, Vectors.self]
    )

    /// Reads a template file, printing every fault on standard error.
    static func read(_ path: String) throws -> (template: Template, text: String) {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw CommandFailure("The template file cannot be read, or is not UTF-8.")
        }
        do {
            return (try Template(yaml: text), text)
        } catch {
            Output.note(error.debugDescription)
            throw CommandFailure("\(path): \(error)")
        }
    }

    /// Validates a file and runs the examples it carries.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Validates a template and runs the worked examples it carries."
        )

        @Argument(help: "Template file (YAML).")
        var file: String

        func run() async throws {
            let template = try TemplateCommand.read(file).template
            let failures = template.failedExamples()
            for failure in failures { print(failure) }
            guard failures.isEmpty else { throw ExitCode.failure }
            print(
                "\(template.id) version \(template.version): \(template.signs.count) signs, "
                    + "\(template.examples.count) examples agree."
            )
        }
    }

    /// Prints a template as its values, one a line.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints every value of a template with its path.")

        @Argument(help: "Template file (YAML).")
        var file: String

        func run() async throws {
            for line in TemplateShow(try TemplateCommand.read(file).template).lines { print(line) }
        }
    }

    /// Compares two templates.
    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints what differs between two templates.")

        @Argument(help: "The template as it was.")
        var old: String
        @Argument(help: "The template as it shall be.")
        var new: String

        func run() async throws {
            let before = try TemplateCommand.read(old).template
            let after = try TemplateCommand.read(new).template
            for line in TemplateDiff(from: before, to: after).lines { print(line) }
        }
    }

    /// Puts a template into force.
    struct Activate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Puts a template into force: every assessed place is scored again under it."
        )

        @OptionGroup var common: CommonOptions
        @Argument(help: "Template file (YAML).")
        var file: String

        func run() async throws {
            let (template, text) = try TemplateCommand.read(file)
            guard template.failedExamples().isEmpty else {
                throw CommandFailure("The template's own examples do not agree: placeguard template check \(file)")
            }
            let runtime = try await CommandRuntime(common)
            let actor = try runtime.administrator()
            let activation: Activation
            do {
                activation = try await runtime.withStores {
                    try await $0.templates.activate(TemplateRecord(template, source: text), by: actor)
                }
            } catch Store.TemplateRefusal.versionReused {
                throw CommandFailure(
                    "\(template.id) version \(template.version) is on record with other content: give it a new version."
                )
            }
            switch activation {
            case .unchanged: print("\(template.id) version \(template.version) is in force already.")
            case .activated(let places, _):
                print("\(template.id) version \(template.version) is in force; \(places) places are scored again.")
            }
        }
    }

    /// Runs conformance vectors.
    struct Vectors: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Runs conformance vectors: one JSON line for each mismatch, exit status 1 on any."
        )

        @Argument(help: "Vectors, one JSON object a line.")
        var file: String
        @Option(help: "Template whose rules are used; the safeguarding template by default.")
        var template: String?

        func run() async throws {
            let rules = try template.map { try TemplateCommand.read($0).template } ?? ShippedTemplate.template()
            guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
                throw CommandFailure("The vectors file cannot be read, or is not UTF-8.")
            }
            let outcome = ConformanceVectors.run(text, under: rules)
            for mismatch in outcome.mismatches { print(mismatch.text) }
            guard outcome.mismatches.isEmpty else { throw ExitCode.failure }
            Output.note("\(outcome.cases) cases agree.")
        }
    }
}

/// The safeguarding template as it is in the binary, so that a first start needs no file.
enum ShippedTemplate {
    static var text: String { String(decoding: PackageResources.safeguarding_yaml, as: UTF8.self) }

    static func template() throws -> Template { try Template(yaml: text) }
}
