import HTTPTypes
import Safeguarding

extension RefusalReason {
    /// The HTTP status of a refusal; what is wrong with the content of a report is 422.
    var status: HTTPResponse.Status {
        switch self {
        case .tooLarge: .contentTooLarge
        case .unsupportedMediaType, .contentEncoding: .unsupportedMediaType
        case .referenceReused, .alreadyWithdrawn, .revisionNotHigher: .conflict
        case .unknownReport, .notFound: .notFound
        case .unauthorized: .unauthorized
        case .forbidden, .agreementLapsed: .forbidden
        case .slowDown: .tooManyRequests
        case .overloaded, .draining, .databaseUnavailable, .storageFull: .serviceUnavailable
        case .methodNotAllowed: .methodNotAllowed
        case .notAcceptable: .notAcceptable
        case .requestTimeout: .requestTimeout
        case .badQuery: .badRequest
        case .internalError: .internalServerError
        default: .unprocessableContent
        }
    }
}

extension StewardRefusal {
    var status: HTTPResponse.Status {
        switch self {
        case .unknownLocation, .unknownReport: .notFound
        case .conflictOfInterest: .forbidden
        case .alreadyLocated, .changed: .conflict
        case .unknownControl, .unknownSign, .notStructural, .momentInFuture, .untilNotLater, .nothingToReview,
            .reasonRequired:
            .unprocessableContent
        }
    }
}
