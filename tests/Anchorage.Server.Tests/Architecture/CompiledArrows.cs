// Reads a compiled assembly and finds which folder uses which: a namespace per folder is the rule of this repository, so
// the namespaces of the types that a type's members and method bodies mention are the arrows.

using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Anchorage.Server.Tests.Architecture;

/// <summary>One folder mentions another, in this member.</summary>
internal sealed record Arrow(string From, string To, string Where);

internal static class CompiledArrows
{
    /// <summary>What stands for files that lie in the project's own folder.</summary>
    public const string Root = "Root";

    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>Every arrow between folders, once for each member that causes it.</summary>
    public static List<Arrow> Read(Assembly assembly, string rootNamespace)
    {
        var arrows = new HashSet<Arrow>();
        foreach (var type in assembly.GetTypes())
        {
            if (FolderOf(type, rootNamespace) is not { } from)
                continue;
            Note(type, type.FullName!, [type.BaseType, .. type.GetInterfaces(), .. AttributesOf(type)]);
            foreach (var member in type.GetMembers(Declared))
                Note(type, $"{type.FullName}.{member.Name}", [.. TypesOf(member), .. AttributesOf(member), .. BodyTypesOf(member)]);

            void Note(Type owner, string where, IEnumerable<Type?> mentioned)
            {
                foreach (var to in mentioned.SelectMany(Parts).Select(part => FolderOf(part, rootNamespace)))
                {
                    if (to is not null && to != from)
                        arrows.Add(new Arrow(from, to, where));
                }
            }
        }
        return [.. arrows.OrderBy(arrow => arrow.From, StringComparer.Ordinal).ThenBy(arrow => arrow.To, StringComparer.Ordinal).ThenBy(arrow => arrow.Where, StringComparer.Ordinal)];
    }

    private static string? FolderOf(Type type, string rootNamespace)
    {
        // What the compiler and its generators write (regular expressions, array literals) belongs to no folder.
        if (type.Namespace is not { } space || type.IsDefined(typeof(CompilerGeneratedAttribute)) && type.DeclaringType is null)
            return null;
        if (space == rootNamespace)
            return Root;
        return space.StartsWith(rootNamespace + ".", StringComparison.Ordinal) ? space[(rootNamespace.Length + 1)..].Split('.')[0] : null;
    }

    // List<Project[]> mentions List, Project.
    private static IEnumerable<Type> Parts(Type? type)
    {
        while (type is { HasElementType: true })
            type = type.GetElementType();
        if (type is null || type.IsGenericParameter)
            return [];
        return [type, .. type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts) : []];
    }

    private static IEnumerable<Type?> AttributesOf(MemberInfo member) =>
        member.GetCustomAttributesData().SelectMany(data => data.ConstructorArguments.Select(argument => argument.Value as Type).Prepend(data.AttributeType));

    private static IEnumerable<Type?> TypesOf(MemberInfo member) => member switch
    {
        FieldInfo field => [field.FieldType],
        PropertyInfo property => [property.PropertyType],
        MethodInfo method => [method.ReturnType, .. method.GetParameters().Select(parameter => parameter.ParameterType), .. method.IsGenericMethod ? method.GetGenericArguments() : []],
        ConstructorInfo constructor => constructor.GetParameters().Select(parameter => parameter.ParameterType),
        _ => [],
    };

    private static List<Type?> BodyTypesOf(MemberInfo member)
    {
        if (member is not MethodBase method || method.GetMethodBody() is not { } body)
            return [];
        var mentioned = new List<Type?>(body.LocalVariables.Select(local => local.LocalType));
        mentioned.AddRange(body.ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause).Select(clause => (Type?)clause.CatchType));
        foreach (var token in TokensOf(body.GetILAsByteArray()!))
        {
            var resolved = method.Module.ResolveMember(
                token, method.DeclaringType is { IsGenericType: true } owner ? owner.GetGenericArguments() : null, method.IsGenericMethod ? method.GetGenericArguments() : null);
            mentioned.Add(resolved as Type ?? resolved?.DeclaringType);
            if (resolved is not (null or Type))
                mentioned.AddRange(TypesOf(resolved));
        }
        return mentioned;
    }

    private static IEnumerable<int> TokensOf(byte[] il)
    {
        for (var at = 0; at < il.Length;)
        {
            var value = il[at] == 0xFE ? unchecked((short)(0xFE00 | il[at + 1])) : il[at];
            at += il[at] == 0xFE ? 2 : 1;
            var operand = OpCodesByValue[value].OperandType;
            switch (operand)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    yield return BitConverter.ToInt32(il, at);
                    at += 4;
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    at += 1;
                    break;
                case OperandType.InlineVar:
                    at += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    at += 8;
                    break;
                case OperandType.InlineSwitch:
                    at += 4 + 4 * BitConverter.ToInt32(il, at);
                    break;
                default:
                    at += 4;
                    break;
            }
        }
    }
}
